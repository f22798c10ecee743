"""The edge, the door and the engine read requests as one: nothing that a body hides is ever carried out, and slow clients harm nobody.

All through TLS and the platform's own name.
"""
import concurrent.futures
import json
import time
import unittest

import http2_client
from edge_container import house, main, needs_edge
from public_house import PLATFORM, PublicHouse
from raw_client import RawClient
from raw_requests import malformed

OWN_TROUBLE = (500, 502, 503, 504)


class Smuggling(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        needs_edge()
        house.needs_engine()
        cls.all = cls.enterClassContext(PublicHouse())
        cls.house, cls.edge = cls.all.house, cls.all.edge
        cls.all.serves_platform()

    def client(self, **options):
        client = RawClient(self.edge, PLATFORM, **options)
        self.addCleanup(client.close)
        return client

    def make(self, name):
        """A request that makes an environment of this name."""
        body = json.dumps({"name": name})
        return (f"POST /environments HTTP/1.1\r\nHost: {PLATFORM}\r\nX-API-Key: {self.house.key}\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(body)}\r\n\r\n{body}")

    def environments(self):
        return {e["name"] for e in self.house.ok("GET", "/environments?limit=200")["environments"]}

    def tell(self, name, data, sound):
        """Why the answers to these bytes are not as they must be, or None."""
        client = self.client()
        client.send(data)
        first = client.answer()
        if first is None:
            while client.read():  # HTTP/0.9 has no head
                pass
            return None if client.closed else f"{name}: neither an answer nor an end"
        if first.status == 429:  # said before anything was read closely
            time.sleep(1)
            return self.tell(name, data, sound)
        if first.status in OWN_TROUBLE or (first.status < 400 and not sound):
            return f"{name}: {first}"
        if first.headers.get("connection") != "close":
            # Whatever was left over would be the begin of this one, or be answered before it.
            client.send(f"GET /environments/none?{name.encode().hex()} HTTP/1.1\r\nHost: {PLATFORM}\r\nConnection: close\r\n\r\n".encode())
            own = client.answer()
            if own is not None and own.status not in (400, 401, 429):
                return f"{name}: {first}, then {own}"
        left = client.answers()
        return f"{name}: {first}, and then {left}" if left or not client.closed else None

    def test_no_request_hidden_in_another_is_carried_out(self):
        # The attack itself must be able to succeed: on its own the request is carried out.
        client, known = self.client(), self.environments()
        client.send(self.make("in-the-open").encode())
        self.assertEqual(201, client.answer().status)
        requests = malformed(PLATFORM, self.house.key, self.make("smuggled"))
        with concurrent.futures.ThreadPoolExecutor(12) as pool:
            wrong = list(filter(None, pool.map(lambda item: self.tell(item[0], *item[1]), requests.items())))
        self.assertEqual([], wrong)
        self.assertEqual(known | {"in-the-open"}, self.environments())

    def test_no_request_hidden_in_one_of_http_2_is_carried_out(self):
        hidden, known = self.make("smuggled-in-http2"), self.environments()
        line = f"/health HTTP/1.1\r\nHost: {PLATFORM}\r\n\r\n{hidden}"

        def ask(*fields, method="POST", path="/environments", authority=PLATFORM, body=""):
            pseudo = ((":method", method), (":scheme", "https"), (":path", path), (":authority", authority))
            return http2_client.ask(self.edge, PLATFORM, [*pseudo, ("x-api-key", self.house.key), ("content-type", "application/json"), *fields], body)
        self.assertEqual([200], ask(method="GET", path="/health"))
        self.assertEqual([201], ask(body=json.dumps({"name": "in-the-open-of-http2"})))
        chunks = "0\r\n\r\n" + hidden
        for asked in (ask(("content-length", "5"), body=hidden), ask(("content-length", "5"), ("content-length", str(len(hidden))), body=hidden),
                      ask(("transfer-encoding", "chunked"), body=chunks), ask(("transfer-encoding", "chunked"), ("content-length", str(len(chunks))), body=chunks),
                      ask(("connection", "keep-alive, content-length"), body=hidden), ask(("upgrade", "websocket"), body=hidden),
                      ask(("x", "a\r\n\r\n" + hidden)), ask(("x", "a\n\n" + hidden)), ask(("x", "a\r\nTransfer-Encoding: chunked"), body=chunks),
                      ask(("x: a\r\n\r\n" + hidden, "a")), ask(("x:y", "a"), body=hidden), ask(("Transfer-Encoding", "chunked"), body=chunks),
                      ask(path=line, method="GET"), ask(method="GET " + line), ask(authority=f"{PLATFORM}\r\n\r\n{hidden}"),
                      ask((":path", "/health"), body=hidden), ask(("host", "nobody.example"), body=hidden), ask(path="", body=hidden), ask(body=hidden)):
            self.assertLessEqual(len(asked), 1)
            self.assertTrue(all(400 <= status < 500 or status == 501 for status in asked), asked)
        self.assertEqual(known | {"in-the-open-of-http2"}, self.environments())

    def test_requests_in_one_segment_are_answered_in_their_order_each_with_its_own(self):
        client = self.client()
        paths = ["/docs", "/environments/none", "/nowhere", "/openapi.json", "/docs"] * 4
        client.send("".join(f"GET {path} HTTP/1.1\r\nHost: {PLATFORM}\r\n\r\n" for path in paths).encode())
        self.assertEqual([200, 401, 404, 200, 200] * 4, [client.answer().status for _ in paths])

    def test_slow_clients_are_cut_in_time_and_harm_nobody(self):
        head = f"POST /slow HTTP/1.1\r\nHost: {PLATFORM}\r\n"
        page = f"GET /openapi.json HTTP/1.1\r\nHost: {PLATFORM}\r\n\r\n"
        kinds = {  # what is said at once, what each second, how many, after how many seconds it is over at the latest
            "says nothing": ("", "", 20, 25),
            "drips its head": (head + "X: ", "a", 20, 25),
            "stops within its body": (head + "Content-Length: 100\r\n\r\n0123456789", "", 20, 50),
            "stops within a chunk": (head + "Transfer-Encoding: chunked\r\n\r\n64\r\n0123456789", "", 20, 50),
            "reads no answer": (page * 30, "", 1, 100),
        }
        clients = [(kind, self.client(small=kind == "reads no answer")) for kind, (_, _, count, _) in kinds.items() for _ in range(count)]
        for kind, client in clients:
            client.send(kinds[kind][0].encode())
        began = time.monotonic()
        others = 0
        while clients:
            time.sleep(1)
            for kind, client in list(clients):
                self.assertLess(time.monotonic() - began, kinds[kind][3], kind)
                if client.is_over(kinds[kind][1].encode()):
                    clients.remove((kind, client))
            # Not /health, which tells of the Engine that other tests keep busy.
            self.assertEqual(401, self.edge.get(PLATFORM, "/environments/none").status)
            others += 1
        self.assertGreater(others, 5)
        self.assertNotIn("/slow", self.house.log(), "the engine has heard of a request that was never whole")
        self.assertIn("/openapi.json", self.house.log())


if __name__ == "__main__":
    main()
