"""The bot over the real binary, against an emulator of the Bot API that is stricter than Telegram."""
import contextlib
import json
import re
import secrets
import time
import unittest
import urllib.parse

import house
from telegram_api import Emulator, Person, Refusal

SECRET = "s" * 20 + secrets.token_hex(16)


class Talking(unittest.TestCase):
    mode, operator = "webhook", None

    def setUp(self):
        house.needs_database()
        self.telegram = Emulator()
        self.addCleanup(self.telegram.close)
        # The first redirect of this URL is the house's own door, so it is known only now.
        self.house = house.House(TELEGRAM_BOT_TOKEN=self.telegram.token, TELEGRAM_API_URL=self.telegram.url, TELEGRAM_MODE=self.mode,
                                 TELEGRAM_WEBHOOK_SECRET=SECRET)
        self.house.settings["PUBLIC_BASE_URL"] = f"http://127.0.0.1:{self.house.port}"
        self.house.__enter__()
        self.addCleanup(self.leave)
        self.house.start()
        self.wait_until_it_works()

    def leave(self):
        log = self.house.log()
        self.house.__exit__(None, None, None)
        token = self.telegram.token
        for canary in (token, token.split(":")[1], SECRET):
            self.assertNotIn(canary, log, "a secret is in the log")

    def bot(self):
        """As operators see it; nothing until the key could be verified: bcrypt takes its time on a busy machine."""
        if not self.operator:
            self.operator = self.house.make_key("operator", (*house.ALL_SCOPES, "ADMIN"))
        return self.house.call("GET", "/health", key=self.operator).json.get("checks", {}).get("telegram", {"status": "unknown"})

    def wait_until_it_works(self, within=30):
        house.eventually(lambda: self.bot()["status"] == "ok", "the bot works", within)

    @staticmethod
    def let_a_second_pass():
        """One message a second to a chat is the rule of a process: what another said before it was killed it does not know."""
        began = time.monotonic()
        house.eventually(lambda: time.monotonic() - began > 1.1, "a second passes")

    def person(self, id=1001):
        return Person(self.telegram, id)

    def no_breach(self):
        self.assertEqual([], self.telegram.breaches)
        self.assertEqual([], self.telegram.previews)


class Commands:
    def test_every_command_answers_with_what_is_the_persons_own(self):
        anna, boris = self.person(1001), self.person(1002)
        self.assertIn("Welcome", anna.ask("/start")["text"])
        self.assertIn("Welcome", boris.ask("/start deep_link")["text"])
        self.assertEqual("2", self.house.sql("SELECT count(*) FROM users WHERE name IN ('telegram:1001', 'telegram:1002')"))
        help = anna.ask("/help")["text"]
        for command in self.telegram.commands:
            self.assertIn("/" + command["command"], help)
        self.assertIn("I do not know that", anna.ask("make me a <b>sandwich</b> & coffee")["text"])
        self.assertIn("no environments", anna.ask("/environments@" + self.telegram.username)["text"])
        self.assertIn("no deployments", anna.ask("/deployments")["text"])
        self.assertIn("no API keys", anna.ask("/api_list")["text"])

        key = self.house.make_key("<i>&sly</i>", user="telegram:1001")
        key_id = key.removeprefix("rw_prod_").split(".")[0]
        environment = self.house.make_environment("shop", key=key)
        self.assertIn("shop", anna.ask("/environments")["text"])
        self.assertIn("no environments", boris.ask("/environments")["text"])

        self.assertIn("I shall tell you", anna.ask("/notify on")["text"])
        accepted = self.house.ok("POST", "/deployments", {"environmentId": environment, "image": "docker.io/library/web", "name": "api"}, key=key)
        id, job = accepted["deploymentId"], accepted["jobId"]
        told = anna.hear(40)
        self.assertIn("RUNNING", told["text"])
        self.assertEqual(["Logs", "Roll back"], [label for label, _ in told["buttons"]])
        self.assertIn(id, anna.push(told, "Logs")["text"])
        self.assertIn("RUNNING", anna.ask(f"/status {job}")["text"])
        self.assertIn("RUNNING", anna.ask(f"/status {id}")["text"])
        self.assertIn(id, anna.ask(f"/logs {id} 5")["text"])
        self.assertIn(id, anna.ask("/deployments")["text"])
        self.assertIn(id, anna.ask(f"/deployments {environment}")["text"])

        failing = self.house.ok("POST", "/deployments", {"environmentId": environment, "image": "docker.io/library/x-missing", "name": "bad"}, key=key)
        told = anna.hear(40)
        self.assertIn("FAILED", told["text"])
        self.assertIn("IMAGE_NOT_FOUND", told["text"])
        self.assertIn("FAILED", anna.ask("/status " + failing["jobId"])["text"])
        self.assertIn("shall not", anna.ask("/notify off")["text"])

        # What is another's is as if it were not.
        for known, unknown in ((f"/status {job}", "/status job_aaaaaaaaaaaaaaaa"), (f"/logs {id}", "/logs dep_aaaaaaaaaaaaaaaa"),
                               (f"/deployments {environment}", "/deployments env_aaaaaaaaaaaaaaaa"),
                               (f"/api_revoke {key_id}", "/api_revoke aaaaaaaaaaaaaaaa"), (f"/status {job}", "/status nonsense")):
            self.assertEqual(boris.ask(unknown)["text"], boris.ask(known)["text"], known)
        for data in (f"R:{key_id}", f"C:{id}", f"B:{id}", f"l:{id}"):
            self.telegram.deliver(boris.press_update(data))
            self.assertIn("no such thing", boris.hear()["text"], data)
        self.assertEqual("RUNNING", self.house.ok("GET", f"/deployments/{id}", key=key)["deployment"]["status"])
        self.assertEqual("2", self.house.sql("SELECT count(*) FROM deployments"))

        # Rolling back asks first; there is nothing to go back to.
        question = anna.push(anna.ask(f"/status {id}"), "Roll back")
        self.assertIn("stays as it is", anna.push(question, "No")["text"])
        second = self.house.ok("POST", "/deployments", {"environmentId": environment, "image": "docker.io/library/web", "tag": "2", "name": "api"}, key=key)
        house.eventually(lambda: self.house.ok("GET", "/deployments/" + second["deploymentId"], key=key)["deployment"]["status"] == "RUNNING", "the second runs")
        question = anna.push(anna.ask("/status " + second["deploymentId"]), "Roll back")
        self.assertIn("Rolling back", anna.push(question, "Yes")["text"])
        self.assertEqual("4", self.house.sql("SELECT count(*) FROM deployments"))
        slow = self.house.ok("POST", "/deployments", {"environmentId": environment, "image": "docker.io/library/x-slow", "name": "slow"}, key=key)
        question = anna.push(anna.ask("/status " + slow["jobId"]), "Cancel")
        self.assertIn("Cancelling", anna.push(question, "Yes")["text"])

        listed = anna.ask("/api_list")
        self.assertIn("<i>&sly</i>", listed["text"])
        question = anna.push(listed, "Revoke")
        self.assertIn("Revoke the key", question["text"])
        self.assertEqual(200, self.house.call("GET", "/environments", key=key).status)
        self.assertIn("is revoked", anna.push(question, "Yes")["text"])
        self.assertEqual(401, self.house.call("GET", "/environments", key=key).status)
        house.eventually(lambda: all(self.telegram.callbacks.values()), "each press is confirmed")
        self.no_breach()

    def test_a_group_gets_a_pointer_and_never_a_link(self):
        group = Person(self.telegram, 1001, group=-1005)
        self.assertIn("in private only", group.ask("/api_create")["text"])
        group.say("nobody asked the bot")
        group.say("/api_list@another_bot")
        stranger = self.telegram.new_update(message={"message_id": 1, "date": 1, "chat": {"id": 1003, "type": "private"},
                                                     "from": {"id": 1004, "is_bot": False, "first_name": "x"}, "text": "/api_create"})
        robot = self.telegram.new_update(message={"message_id": 1, "date": 1, "chat": {"id": 1003, "type": "private"},
                                                  "from": {"id": 1003, "is_bot": True, "first_name": "x"}, "text": "/api_create"})
        edited = self.telegram.new_update(edited_message={"message_id": 1, "date": 1, "chat": {"id": 1003, "type": "private"},
                                                          "from": {"id": 1003, "is_bot": False, "first_name": "x"}, "text": "/api_create"})
        press = Person(self.telegram, 1003).press_update("k:full", chat={"id": -1005, "type": "supergroup"})
        self.telegram.deliver(stranger, robot, edited, press)
        anna = self.person()
        self.assertIn("What I can do", anna.ask("/help")["text"])  # all before it were handled or are of other chats
        house.eventually(lambda: self.house.sql("SELECT count(*) FROM telegram_updates WHERE handled_at IS NULL") == "0", "all is handled")
        self.assertEqual({-1005, 1001}, {m["chat"] for m in self.telegram.sent})
        self.assertEqual(1, len(group.messages()))
        self.assertEqual("0", self.house.sql("SELECT count(*) FROM magic_links"))
        self.no_breach()

    def test_from_start_to_a_key_that_works(self):
        anna = self.person()
        anna.ask("/start")
        offer = anna.ask("/api_create laptop deploy 30")
        link = re.search(r"https?://\S+", offer["text"])[0]
        where = urllib.parse.urlsplit(link)
        self.assertEqual(self.house.port, where.port)
        path = f"{where.path}?{where.query}"
        for agent in ("TelegramBot (like TwitterBot)", "Mozilla/5.0"):
            self.house.call("GET", path, key=None, headers={"User-Agent": agent, "Accept": "text/html"})
            self.house.call("HEAD", path, key=None, headers={"User-Agent": agent})
        spent = self.house.call("GET", path, key=None, headers={"Accept": "application/json"})
        self.assertEqual(200, spent.status, spent)
        self.assertEqual(sorted(["ENVIRONMENTS_READ", "DEPLOYMENTS_READ", "DEPLOYMENTS_WRITE", "LOGS_READ"]), sorted(spent.json["scopes"]))
        told = anna.hear()
        self.assertIn("A key was made", told["text"])
        self.assertIn(spent.json["keyId"], told["text"])
        again = self.house.call("GET", path, key=None, headers={"Accept": "application/json"})
        self.assertGreaterEqual(again.status, 400)
        self.assertNotIn(b"rw_prod_", again.body)
        self.assertEqual(403, self.house.call("POST", "/environments", {"name": "a"}, key=spent.json["apiKey"]).status)
        # A link that was used is replaced by none.
        self.assertIn("that link was replaced, used", anna.push(offer, "Everything")["text"].lower())
        self.assertEqual([], offer["buttons"])
        full = anna.ask("/api_create laptop full")
        link = urllib.parse.urlsplit(re.search(r"https?://\S+", full["text"])[0])
        key = self.house.call("GET", f"{link.path}?{link.query}", key=None, headers={"Accept": "application/json"}).json["apiKey"]
        self.assertEqual(201, self.house.call("POST", "/environments", {"name": "a"}, key=key).status)
        told = anna.hear()
        question = anna.push(told, "Revoke it")
        self.assertIn("is revoked", anna.push(question, "Yes")["text"])
        self.assertEqual(401, self.house.call("GET", "/environments", key=key).status)
        self.assertIn("laptop", anna.ask("/api_list")["text"])
        token = urllib.parse.parse_qs(link.query)["token"][0]
        self.assertNotIn(token, self.house.log())
        self.assertNotIn(token, self.house.sql("SELECT string_agg(t::text, ' ') FROM magic_links t"))
        self.no_breach()

    def test_a_word_that_is_no_scope_gives_no_full_key(self):
        anna = self.person()
        question = anna.ask("/api_create readonly")
        self.assertIn("readonly", question["text"])
        self.assertEqual("0", self.house.sql("SELECT count(*) FROM magic_links"))
        offer = anna.push(question, "Read only")
        self.assertIn("(read)", offer["text"])
        self.assertEqual("readonly|{ENVIRONMENTS_READ,DEPLOYMENTS_READ,LOGS_READ}", self.house.sql("SELECT name, scopes FROM magic_links"))
        for days in ("0", "99999", "-3", "3651"):
            self.assertIn("1 to 3650 days", anna.ask(f"/api_create laptop read {days}")["text"])
        # Another link instead: the one before is void.
        narrow = anna.push(offer, "Deploy instead")
        self.assertIn("is void", narrow["text"])
        self.assertEqual("readonly|{ENVIRONMENTS_READ,DEPLOYMENTS_READ,DEPLOYMENTS_WRITE,LOGS_READ}",
                         self.house.sql("SELECT name, scopes FROM magic_links"))
        self.no_breach()

    def test_a_question_is_answered_once_also_across_a_kill_9(self):
        anna = self.person()
        anna.ask("/start")
        key = self.house.make_key("k", user="telegram:1001")
        environment = self.house.make_environment(key=key)
        for tag in ("1", "2"):
            id = self.house.ok("POST", "/deployments", {"environmentId": environment, "image": "docker.io/library/web", "tag": tag, "name": "web"}, key=key)["deploymentId"]
            house.eventually(lambda: self.house.ok("GET", f"/deployments/{id}", key=key)["deployment"]["status"] == "RUNNING", "it runs")
        question = anna.push(anna.ask(f"/status {id}"), "Roll back")
        yes = next(data for label, data in question["buttons"] if "Yes" in label)
        presses = [anna.press_update(yes, message=question["message_id"]) for _ in range(3)]
        self.telegram.deliver(presses[0], presses[1])
        self.assertIn("Rolling back", anna.hear()["text"])
        house.eventually(lambda: not question["buttons"], "the buttons go")
        handled = f"SELECT count(*) FROM telegram_updates WHERE update_id IN ({presses[0]['update_id']}, {presses[1]['update_id']}) AND handled_at IS NOT NULL"
        house.eventually(lambda: self.house.sql(handled) == "2", "both are finished")  # a crash before repeats the answer
        self.house.kill()
        self.house.start()
        self.wait_until_it_works()
        self.let_a_second_pass()
        self.telegram.deliver(presses[2])
        self.assertIn("What I can do", anna.ask("/help", 30)["text"])
        self.assertEqual("3", self.house.sql("SELECT count(*) FROM deployments"))
        self.no_breach()

    def test_an_update_is_handled_once_however_often_it_comes_and_through_kill_9(self):
        anna = self.person()
        anna.ask("/start")
        update = anna.text_update("/help")
        self.repeat(update, 5)
        anna.hear()
        # Between the sending of an answer and this row's commit lies the one moment at which a crash repeats an answer.
        house.eventually(lambda: self.house.sql(f"SELECT handled_at FROM telegram_updates WHERE update_id = {update['update_id']}"), "it is finished")
        self.house.kill()
        late = anna.text_update("/environments")
        self.repeat(update, 2)
        self.house.start()
        self.wait_until_it_works()
        self.repeat(late, 3)
        self.repeat(update, 3)
        self.assertIn("no environments", anna.hear(30)["text"])
        self.assertIn("no API keys", anna.ask("/api_list", 30)["text"])
        self.assertEqual(4, len(anna.messages()), [m["text"][:40] for m in anna.messages()])

    def repeat(self, update, times):
        self.telegram.deliver(*[update] * times)

    def test_what_was_accepted_before_a_kill_9_is_answered_after_it(self):
        anna = self.person()
        anna.ask("/start")
        self.telegram.fault = "502"  # it cannot answer
        update = anna.say("/environments")
        house.eventually(lambda: self.house.sql(f"SELECT count(*) FROM telegram_updates WHERE update_id = {update['update_id']}") == "1", "it is kept",
                         20) if self.mode == "webhook" else time.sleep(0.5)
        self.house.kill()
        self.telegram.fault = None
        self.house.start()
        self.assertIn("no environments", anna.hear(30)["text"])
        self.assertIn("no API keys", anna.ask("/api_list")["text"])

    def test_while_telegram_is_away_the_api_works_and_health_tells(self):
        anna = self.person()
        anna.ask("/start")
        self.telegram.shut()
        house.eventually(lambda: self.bot()["status"] == "degraded", "health tells", 40)
        health = self.house.call("GET", "/health")
        self.assertEqual((200, "ok"), (health.status, health.json["status"]))
        self.assertNotIn(self.telegram.token.split(":")[1], json.dumps(health.json))
        slowest = max(self.house.call("POST", "/environments", {"name": f"e{i}"}).seconds for i in range(10))
        self.assertLess(slowest, 2)
        doctor = house.run(house.BINARY, "doctor", env=self.house.environment(), check=False).stdout
        self.assertRegex(doctor, r"warn  Telegram .*not reachable")
        self.telegram.open()
        self.wait_until_it_works(60)
        self.assertIn("no API keys", anna.ask("/api_list", 60)["text"])

    def test_telegrams_rates_and_retry_after_are_obeyed(self):
        people = [self.person(2000 + i) for i in range(12)]
        for one in people:
            for _ in range(3):
                one.say("/help")
        people[0].hear(30)
        self.telegram.flood = 2
        for one in people:
            while one.seen < 3:
                one.hear(60)
        self.assertIsNone(self.telegram.flood)
        noisy = self.person(3000)
        for _ in range(60):
            noisy.say("/help")
        self.assertIn("no API keys", self.person(3001).ask("/api_list", 30)["text"])  # one chat's flood is its own
        self.no_breach()

    def test_who_blocked_the_bot_is_left_alone_until_they_write(self):
        anna = self.person()
        anna.ask("/notify on")
        key = self.house.make_key("k", user="telegram:1001")
        environment = self.house.make_environment(key=key)
        self.telegram.blocked.add(1001)
        self.house.ok("POST", "/deployments", {"environmentId": environment, "image": "docker.io/library/web"}, key=key)
        house.eventually(lambda: self.house.sql("SELECT blocked FROM telegram_accounts WHERE telegram_id = 1001") == "t", "it is noticed", 40)
        calls = self.telegram.calls["sendMessage"]
        self.house.ok("POST", "/deployments", {"environmentId": environment, "image": "docker.io/library/x-missing", "name": "b"}, key=key)
        boris = self.person(1002)
        boris.ask("/help")
        self.assertEqual(calls + 1, self.telegram.calls["sendMessage"])
        self.telegram.blocked.clear()
        self.assertIn("Welcome", anna.ask("/start")["text"])

    def test_hostile_names_and_log_lines_break_no_message(self):
        anna = self.person()
        for text in ("/status <script>", "/logs &lt; 5", "/api_create <b> <i>", "/api_create " + "x" * 3000, "<" * 4096, "\u202e\u200b", "/notify &amp;",
                     "/logs dep_aaaaaaaaaaaaaaaa 0", "/api_revoke'--"):
            anna.ask(text)
        self.assertEqual(0, self.house.log().count("Telegram refused a message"))
        self.no_breach()


class Entrance(Talking):
    mode = "polling"

    def invite(self, *arguments):
        said = self.house.troupe("invite", "create", *arguments)
        link = said.splitlines()[-1]
        self.assertTrue(link.startswith(f"https://t.me/{self.telegram.username}?start=inv_"), said)
        return link.partition("start=")[2], re.search(r"\binv_[a-z2-7]{16}\b", said)[0]

    def reopen(self, **settings):
        self.house.kill()
        self.house.settings.update(settings)
        self.house.start()
        self.wait_until_it_works()
        self.let_a_second_pass()

    def test_by_invitation_only_who_was_invited_gets_in(self):
        guest = self.person(1001)
        guest.ask("/start")
        self.house.make_key("k", user="telegram:1001")
        self.reopen(TELEGRAM_ACCESS="invite")
        self.assertIn("k", guest.ask("/api_list")["text"])  # who has a key stays
        stranger, other = self.person(1002), self.person(1003)
        for text in ("/start", "/start inv_" + "x" * 43, "/api_create laptop full", "/help", "hello"):
            self.assertIn("Ask whoever runs this Troupe for an invitation", stranger.ask(text)["text"], text)
        self.assertEqual("0", self.house.sql("SELECT count(*) FROM users WHERE name = 'telegram:1002'"))
        token, id = self.invite()
        self.assertNotIn(token.removeprefix("inv_"), self.house.sql("SELECT string_agg(t::text, ' ') FROM telegram_invites t"))
        self.assertIn("Welcome", stranger.ask(f"/start {token}")["text"])
        self.assertIn("no API keys", stranger.ask("/api_list")["text"])
        self.assertIn("invitation", other.ask(f"/start {token}")["text"])  # it was good once
        self.assertIn("telegram:1002", self.house.troupe("invite", "list"))
        token, id = self.invite("--uses", "2", "--lifetime", "1h")
        self.house.troupe("invite", "revoke", id)
        self.assertIn("invitation", other.ask(f"/start {token}")["text"])
        self.no_breach()

    def test_an_allowlist_names_who_gets_in(self):
        self.reopen(TELEGRAM_ACCESS="allowlist", TELEGRAM_ALLOWED_USERS="1001,1005")
        self.assertIn("Welcome", self.person(1001).ask("/start")["text"])
        refused = self.person(1002).ask("/start")["text"]
        self.assertIn("1002", refused)
        self.assertIn("add your id", refused)


class Webhook(Commands, Talking):
    mode, operator = "webhook", None

    def test_only_telegrams_secret_opens_the_webhook(self):
        anna = self.person()
        update = anna.text_update("/start")
        before = self.house.sql("SELECT count(*) FROM telegram_updates")
        for wrong in ("", "x", SECRET[:-1], SECRET + "x", SECRET.upper(), "x" * 5000):
            headers = {"X-Telegram-Bot-Api-Secret-Token": wrong} if wrong else {}
            answer = self.house.call("POST", "/telegram/webhook", update, key=None, headers=headers)
            self.assertIn(answer.status, (400, 401, 431), wrong[:80])
        self.assertEqual(401, self.house.call("POST", "/telegram/webhook", update).status)  # a key is no proof
        self.assertEqual(405, self.house.call("GET", "/telegram/webhook", key=None).status)
        self.assertEqual(before, self.house.sql("SELECT count(*) FROM telegram_updates"))
        self.assertEqual([], self.telegram.sent)
        right = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
        for body in (b"", b"[]", b"{", b"[" * 100000, b'{"update_id":"x"}', b"null"):
            self.assertEqual(400, self.house.call("POST", "/telegram/webhook", body, key=None, headers=right).status, body[:20])
        self.assertEqual(413, self.house.call("POST", "/telegram/webhook", b'{"update_id":1,"x":"' + b"x" * 200_000 + b'"}', key=None, headers=right).status)
        self.assertEqual(200, self.house.call("POST", "/telegram/webhook", {"update_id": 5, "poll": {}}, key=None, headers=right).status)
        self.assertEqual(before, self.house.sql("SELECT count(*) FROM telegram_updates"))

    def test_the_webhook_answers_at_once_while_telegram_takes_no_answers(self):
        anna = self.person()
        anna.ask("/start")
        self.telegram.fault = "hang"
        began = time.monotonic()
        for _ in range(5):
            self.assertEqual(200, self.telegram.post(anna.text_update("/help")))
        self.assertLess(time.monotonic() - began, 2)
        self.telegram.fault = None
        self.assertIn("What I can do", anna.hear(60)["text"])

    def test_who_wants_it_is_told_that_a_deployment_falls_ill(self):
        anna = self.person()
        anna.ask("/notify on")
        key = self.house.make_key("k", user="telegram:1001")
        self.house.ok("POST", "/deployments", {"environmentId": self.house.make_environment(key=key), "image": "acme/web-flaky:1"}, key=key)
        self.assertIn("RUNNING", anna.hear(40)["text"])
        told = anna.hear(60)  # it ends 25 s after it began to run
        self.assertRegex(told["text"], "degraded: 0 of 1")
        self.assertEqual(["Logs", "Roll back"], [label for label, _ in told["buttons"]])

    def test_repetitions_in_any_order_keep_each_chats_answers_whole(self):
        anna = self.person()
        anna.ask("/start")
        updates = [anna.text_update(text) for text in ("/environments", "/api_list", "/deployments")]
        for update in (updates[2], updates[0], updates[2], updates[1], updates[0], updates[1]):
            self.assertEqual(200, self.telegram.post(update))
        heard = {anna.hear()["text"].split(".")[0] for _ in updates}
        self.assertEqual({"You have no environments", "You have no API keys", "You have no deployments"}, heard)
        self.assertIn("What I can do", anna.ask("/help")["text"])
        self.assertEqual(5, len(anna.messages()))


class Polling(Commands, Talking):
    mode = "polling"

    def test_the_webhook_is_closed(self):
        self.assertEqual(401, self.house.call("POST", "/telegram/webhook", {"update_id": 1}, key=None,
                                              headers={"X-Telegram-Bot-Api-Secret-Token": SECRET}).status)

    def test_a_second_poller_shows_in_health(self):
        def intrude(stopped):
            while not stopped.wait(0.1):
                with contextlib.suppress(Refusal):
                    self.telegram.do_getUpdates({"allowed_updates": ["message", "callback_query"], "timeout": 1})
        intruder = house.Background(intrude)
        house.eventually(lambda: "somebody else" in self.bot().get("detail", ""), "it is told")
        intruder.finish()
        self.wait_until_it_works()
        self.assertIn("Welcome", self.person().ask("/start")["text"])


if __name__ == "__main__":
    house.main()
