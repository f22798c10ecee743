"""From /start in Telegram to an environment: the bot's link, opened in a real browser, gives a key that works."""
import re

import chromium
import house
import telegram


class FirstKey(telegram.Talking):
    mode = "polling"

    def test_a_person_gets_in_by_the_bot_and_a_browser(self):
        anna = self.person()
        anna.ask("/start")
        link = re.search(r"https?://\S+", anna.ask("/api_create laptop full")["text"])[0]
        with chromium.Chromium() as browser:
            browser.open(link)
            self.assertIsNone(browser.text("#key"), "looking shows no key")
            browser.press(chromium.ENTER)
            key = house.eventually(lambda: browser.text("#key"), "the key shows")
        self.assertIn("A key was made", anna.hear()["text"])
        self.assertEqual(201, self.house.call("POST", "/environments", {"name": "shop"}, key=key).status)
        self.assertIn("shop", anna.ask("/environments")["text"], "the key is the person's own")
        self.assertNotIn(key.split(".")[1], self.house.log())
        self.no_breach()


if __name__ == "__main__":
    house.main()
