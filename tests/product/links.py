"""A magic link gives one key, once, whoever asks and whenever the server dies; keys end when they should.

Links are put into the database as the bot's order would: the token's SHA-256, never the token.
"""
import concurrent.futures
import contextlib
import hashlib
import http.client
import itertools
import secrets
import time
import unittest

import house

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
JSON = {"Accept": "application/json"}


def make_link(own, age="0 seconds", scopes="ENVIRONMENTS_READ,ENVIRONMENTS_WRITE,DEPLOYMENTS_READ,DEPLOYMENTS_WRITE,LOGS_READ,KEYS_WRITE"):
    token = secrets.token_urlsafe(32)
    own.sql(f"""INSERT INTO magic_links (token_hash, user_id, name, scopes, expires_at) SELECT '{hashlib.sha256(token.encode()).hexdigest()}',
                id, 'laptop', '{{{scopes}}}', now() + interval '15 minutes' - interval '{age}' FROM users WHERE name = 'operator'""")
    return token


def spend(own, token, **headers):
    return own.call("POST", "/auth/verify", {"token": token}, key=None, headers=headers)


def keys_made(own):
    return int(own.sql("SELECT count(*) FROM api_keys WHERE name = 'laptop'"))


class Links(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        house.needs_database()
        cls.own = cls.enterClassContext(house.House()) if hasattr(cls, "enterClassContext") else cls.enter(house.House())
        cls.own.start()

    @classmethod
    def enter(cls, context):
        cls.addClassCleanup(context.__exit__, None, None, None)
        return context.__enter__()

    def setUp(self):
        self.own.sql("DELETE FROM api_keys WHERE name = 'laptop'")

    def test_a_program_gets_the_key_with_one_get(self):
        token = make_link(self.own)
        answer = self.own.call("GET", f"/auth/verify?token={token}", key=None, headers=JSON)
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(set(answer.json), {"apiKey", "keyId", "scopes"})
        self.own.make_environment(key=answer.json["apiKey"])
        again = self.own.call("GET", f"/auth/verify?token={token}", key=None, headers=JSON)
        self.assertEqual(again.status, 404)
        self.assertNotIn(answer.json["apiKey"].split(".")[1], again.body.decode())

    def test_a_look_spends_nothing(self):
        token = make_link(self.own)
        path = f"/auth/verify?token={token}"
        for method, headers in [("GET", {"Accept": BROWSER}), ("GET", {}), ("GET", {"Accept": "*/*", "User-Agent": "TelegramBot (like TwitterBot)"}),
                                ("HEAD", JSON), ("GET", {**JSON, "Sec-Purpose": "prefetch;prerender"}), ("GET", {**JSON, "Purpose": "prefetch"}),
                                ("GET", {**JSON, "X-Moz": "prefetch"})]:
            answer = self.own.call(method, path, key=None, headers=headers)
            self.assertEqual(answer.status, 200, (method, headers))
            self.assertTrue(answer.headers["Content-Type"].startswith("text/html"), (method, headers))
            self.assertEqual(answer.headers["Cache-Control"], "no-store")
            self.assertEqual(answer.headers["Referrer-Policy"], "no-referrer")
            self.assertTrue(answer.headers["Content-Security-Policy"].startswith("default-src 'none'"))
            for host in (b"http://", b"https://", b"src="):
                self.assertNotIn(host, answer.body)
        self.assertEqual(keys_made(self.own), 0)
        self.assertEqual(spend(self.own, token).status, 200)

    def test_fifty_at_once_get_one_key(self):
        with house.House() as own:  # of its own: the tries that fail count against this address
            own.start()
            token = make_link(own)
            with concurrent.futures.ThreadPoolExecutor(50) as pool:
                answers = list(pool.map(lambda _: spend(own, token), range(50)))
            self.assertEqual([a.status for a in answers].count(200), 1, [a.status for a in answers])
            self.assertLessEqual({a.status for a in answers}, {200, 404, 429})
            self.assertEqual(keys_made(own), 1)

    def test_fifteen_minutes_by_the_databases_clock(self):
        self.assertEqual(spend(self.own, make_link(self.own, "14 minutes 59 seconds")).status, 200)
        self.assertEqual(spend(self.own, make_link(self.own, "15 minutes 1 second")).status, 404)

    def test_unknown_used_and_expired_are_told_alike(self):
        used, expired = make_link(self.own), make_link(self.own, "16 minutes")
        spend(self.own, used)
        bodies = {spend(self.own, token, **{"X-Request-Id": "same"}).body for token in (used, expired, "x" * 43, "")}
        self.assertEqual(len(bodies), 1, bodies)

    def test_no_idempotency_key_shows_the_key_again(self):
        token = make_link(self.own)
        first = spend(self.own, token, **{"Idempotency-Key": "again"})
        self.assertEqual(first.status, 200)
        self.assertEqual(spend(self.own, token, **{"Idempotency-Key": "again"}).status, 404)
        self.assertNotIn(first.json["apiKey"], self.own.sql("SELECT coalesce(string_agg(body, ''), '') FROM idempotency_keys"))

    def test_no_log_shows_token_or_key(self):
        token = make_link(self.own)
        self.own.call("GET", f"/auth/verify?token={token}", key=None, headers={"Accept": BROWSER})
        key = spend(self.own, token).json["apiKey"]
        self.own.call("GET", f"/auth/verify?token={token}", key=None, headers=JSON)
        texts = [self.own.log()] + [f.read_text(errors="replace") for f in (self.own.directory / "state").rglob("*") if f.is_file()]
        texts.append(house.http_call(self.own.admin_port, "GET", "/metrics", headers={"X-API-Key": self.own.make_key("admin", ["ADMIN"])}).body.decode())
        for text in texts:
            self.assertNotIn(token, text)
            self.assertNotIn(key.split(".")[1], text)


class Keys(unittest.TestCase):
    def test_a_limited_key_knows_no_other_environment(self):
        house.needs_database()
        with house.House() as own:
            own.start()
            mine, other = own.make_environment(), own.make_environment()
            inside, outside = (own.deploy(e, "acme/web:1")["deploymentId"] for e in (mine, other))
            key = own.troupe("key", "create", "--name", "limited", "--scopes", ",".join(house.ALL_SCOPES), "--environments", mine).splitlines()[-1]

            def status(method, path, body=None):
                return own.call(method, path, body, key=key).status
            self.assertEqual([e["id"] for e in own.ok("GET", "/environments", key=key)["environments"]], [mine])
            for path in (f"/environments/{other}", f"/deployments/{outside}", f"/deployments/environment/{other}", f"/deployments/{outside}/logs",
                         f"/deployments/{outside}/events"):
                self.assertEqual(status("GET", path), 404, path)
                self.assertEqual(status("GET", path.replace(other, mine).replace(outside, inside)), 200, path)
            for path in ("stop", "start", "restart", "cancel", "rollback"):
                self.assertEqual(status("POST", f"/deployments/{outside}/{path}"), 404, path)
            self.assertEqual(status("POST", f"/deployments/{outside}/scale", {"replicas": 2}), 404)
            self.assertEqual(status("POST", "/deployments", {"environmentId": other, "image": "acme/web:1"}), 404)
            self.assertEqual(status("POST", "/deployments", {"environmentId": mine, "image": "acme/web:1"}), 202)
            self.assertEqual(status("DELETE", f"/deployments/{outside}"), 404)
            self.assertEqual(status("DELETE", f"/environments/{other}"), 404)
            self.assertEqual(status("POST", "/environments", {"name": "more"}), 403)
            self.assertEqual(own.ok("GET", f"/environments/{other}")["environment"]["status"], "ACTIVE")

    def test_an_open_stream_ends_with_its_key(self):
        house.needs_database()
        with house.House() as own:
            own.start()
            deployment = own.run_release(own.make_environment(), "acme/web:1")["id"]
            streams = (f"/deployments/{deployment}/events", f"/deployments/{deployment}/logs?follow=true")
            ends = {"revoked": lambda key_id: own.ok("POST", "/auth/revoke", {"keyId": key_id}),
                    "revoked elsewhere": lambda key_id: own.sql(f"UPDATE api_keys SET revoked_at = now() WHERE key_id = '{key_id}'"),
                    "expired": lambda key_id: own.sql(f"UPDATE api_keys SET expires_at = now() WHERE key_id = '{key_id}'")}
            for path, (end, bring_about) in itertools.product(streams, ends.items()):
                with self.subTest(end, path=path), contextlib.closing(http.client.HTTPConnection("127.0.0.1", own.port, timeout=20)) as connection:
                    key = own.make_key(end)
                    connection.request("GET", path, headers={"X-API-Key": key, "Accept": "text/event-stream"})
                    stream = connection.getresponse()
                    self.assertEqual(stream.status, 200)
                    self.assertTrue(stream.readline())
                    bring_about(key.removeprefix("rw_prod_").split(".")[0])
                    began = time.monotonic()
                    if end == "revoked":
                        self.assertEqual(own.call("GET", "/environments", key=key).status, 401, "the very next request")
                    while stream.readline():
                        pass
                    self.assertLess(time.monotonic() - began, 4, "promised within 2 s, on an idle machine")
                    self.assertEqual(own.call("GET", "/environments", key=key).status, 401)


class Kill9(unittest.TestCase):
    def test_a_link_is_usable_or_gave_one_key(self):
        house.needs_database()
        died = 0
        for point in ("link.before_spend", "link.used", "link.key_inserted", "link.after_spend"):
            with self.subTest(point), house.House() as own:
                own.start()
                token = make_link(own)
                own.kill()
                own.start(TROUPE_FAILPOINT=point)
                try:
                    spend(own, token)
                except (OSError, http.client.HTTPException):
                    pass
                house.eventually(lambda: not own.running(), f"{point} is hit")
                died += 1
                own.kill()
                own.start()
                before, unused = keys_made(own), int(own.sql("SELECT count(*) FROM magic_links WHERE used_at IS NULL"))
                self.assertEqual(before + unused, 1, "a link that can be used, or its key")
                self.assertEqual(spend(own, token).status, 200 if unused else 404)
                self.assertEqual(keys_made(own), 1)
        self.assertEqual(died, 4)


if __name__ == "__main__":
    house.main()
