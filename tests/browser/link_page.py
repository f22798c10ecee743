"""From a magic link to a working key in a real browser, by keyboard alone; what it looks like in light and dark."""
import unittest

import chromium
import house
import links

# WCAG 2 contrast of each text against the background that it lies on.
CONTRASTS = """
const lum = c => { const [r, g, b] = c.map(v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return .2126 * r + .7152 * g + .0722 * b; };
const rgb = s => s.match(/[\\d.]+/g).map(Number);
const ground = e => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3] > 0) return c.slice(0, 3); } return [255, 255, 255]; };
return [...document.querySelectorAll('h1,p,button,code,a')].filter(e => e.textContent.trim()).map(e => {
  const a = lum(rgb(getComputedStyle(e).color).slice(0, 3)), b = lum(ground(e));
  return [e.tagName, (Math.max(a, b) + .05) / (Math.min(a, b) + .05)]; });
"""


class LinkPage(unittest.TestCase):
    def walk(self, dark):
        house.needs_database()
        flags = ["--blink-settings=preferredColorScheme=0"] if dark else []
        with chromium.Chromium(*flags) as browser, house.House() as own:
            own.settings["PUBLIC_BASE_URL"] = base = f"http://127.0.0.1:{own.port}"
            own.start()
            token = links.make_link(own)

            def readable():
                for tag, ratio in browser.run(CONTRASTS):
                    self.assertGreaterEqual(ratio, 4.5, (tag, "dark" if dark else "light"))
            browser.open(f"{base}/auth/verify?token={token}")
            self.assertEqual(browser.run("return matchMedia('(prefers-color-scheme:dark)').matches"), dark)
            self.assertEqual(browser.text("h1"), "Your API key")
            self.assertEqual(browser.run("return document.documentElement.lang"), "en")
            self.assertEqual(links.keys_made(own), 0, "looking spends nothing")
            readable()
            browser.press(chromium.ENTER)
            key = house.eventually(lambda: browser.text("#key"), "the key shows")
            self.assertTrue(key.startswith("rw_prod_"))
            self.assertEqual(browser.run("return location.href"), f"{base}/auth/verify", "no token in the address any more")
            self.assertEqual(browser.text("#try"), f"curl -H 'X-API-Key: {key}' {base}/environments")
            self.assertEqual(browser.run("return document.referrer"), "")
            readable()
            browser.press(chromium.ENTER)
            house.eventually(lambda: browser.text("#said"), "the copy button says what it did")
            own.make_environment(key=key)
            self.assertEqual(browser.run("return performance.getEntriesByType('resource').map(e => e.name).filter(n => !n.startsWith(arguments[0]))", base), [])
            browser.open(f"{base}/auth/verify?token={token}")
            browser.press(chromium.ENTER)
            house.eventually(lambda: browser.text("h1") == "No key here", "a used link says so")
            self.assertIn("used already", browser.text("p"))
            self.assertEqual(links.keys_made(own), 1)
            policy = [line for line in browser.complaints() if "Content Security Policy" in line and "favicon" not in line]
            self.assertEqual(policy, [])

    def test_it_works_by_keyboard_in_light(self):
        self.walk(dark=False)

    def test_it_works_by_keyboard_in_dark(self):
        self.walk(dark=True)


if __name__ == "__main__":
    house.main()
