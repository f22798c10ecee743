"""Certificates: issued against an ACME server that refuses a third of all nonces, and every failure told apart."""
import concurrent.futures
import http.server
import json
import ssl
import threading
import time
import unittest

from edge_container import Edge, acme, house, main, needs_edge, render

FAR = 60 * 86400


class Refusing(http.server.BaseHTTPRequestHandler):
    """An ACME server that has had enough of us."""

    def do_GET(self):
        body = json.dumps({"type": "urn:ietf:params:acme:error:rateLimited", "detail": "too many certificates already issued", "status": 429}).encode()
        self.send_response(429)
        for name, value in (("Retry-After", "3600"), ("Content-Type", "application/problem+json"), ("Content-Length", str(len(body)))):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Certificates(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        needs_edge()
        cls.pebble = cls.enterClassContext(acme.Pebble())
        cls.edge = cls.enterClassContext(Edge(cls.pebble))

    def failed(self, answer, kind, words, after=None):
        self.assertEqual(("failed", kind, after), (answer["result"], answer["kind"], answer["retryAfterSeconds"]), answer)
        self.assertRegex(answer["detail"], words)

    def orders(self):
        return self.pebble.log().count("Added order")

    def test_a_certificate_is_ordered_once_and_again_only_when_it_is_due(self):
        self.pebble.set_address("one.example", house.HOST_IP)
        before = self.orders()
        with concurrent.futures.ThreadPoolExecutor() as pool:
            first, second = pool.map(lambda _: self.edge.request("dom_one", "one.example"), range(2))
        self.assertEqual(first, second)
        self.assertEqual("issued", first["result"], first)
        self.assertEqual(1, self.orders() - before)
        self.assertLess(first["notBefore"], time.time() + 60)
        self.assertEqual({"domain": "one.example", **{k: first[k] for k in ("notBefore", "notAfter")}}, self.edge("state")["certificates"]["dom_one"])
        self.assertEqual(first, self.edge.request("dom_one", "one.example", fresh_until=first["notAfter"]))
        self.assertEqual(1, self.orders() - before)

        # A renewal is served from then on, without a reload.
        self.edge.apply(dom_one=render("site-https", "dom_one", "one.example"))
        served = self.serial_of("one.example")
        renewed = self.edge.request("dom_one", "one.example", fresh_until=first["notAfter"] + 1)
        self.assertEqual("issued", renewed["result"], renewed)
        self.assertEqual(2, self.orders() - before)
        self.assertNotEqual(served, self.serial_of("one.example"))
        self.assertEqual("prime256v1", self.key_of("dom_one"))

        self.assertIn("uses its certificate", self.edge("forget", "dom_one", code=1)["error"])
        self.edge.apply(dom_one=None)
        self.assertEqual({"forgotten": True}, self.edge("forget", "dom_one"))
        self.assertNotIn("dom_one", self.edge("state")["certificates"])

    def serial_of(self, domain):
        with self.edge.connect(domain) as wire:
            return wire.getpeercert()["serialNumber"]

    def key_of(self, id):
        text = self.edge.docker("exec", self.edge.name, "openssl", "x509", "-in", f"/edge/certificates/{id}/fullchain.pem", "-noout", "-text")
        return "prime256v1" if "ASN1 OID: prime256v1" in text else text

    def test_a_failing_challenge_says_why(self):
        self.pebble.set_address("elsewhere.example", acme.GATEWAY)
        self.failed(self.edge.request("dom_elsewhere", "elsewhere.example"), "challenge", "connection refused|Connection refused|dial tcp")

    def test_a_server_that_is_away_is_told_from_one_that_refuses(self):
        with acme.Pebble(port=14100) as other:
            pass  # its port is free again
        self.failed(self.edge.request("dom_away", "away.example", other), "unreachable", "the connection was refused")
        self.failed(self.edge.request("dom_away", "away.example", directory="https://pebble.invalid/dir"), "unreachable", "its name has no address")

    def test_what_a_limit_says_comes_through(self):
        server = http.server.ThreadingHTTPServer((acme.GATEWAY, 0), Refusing)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.pebble.work / "cert.pem", self.pebble.work / "key.pem")
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        answer = self.edge.request("dom_limited", "limited.example", directory=f"https://{acme.GATEWAY}:{server.server_port}/dir")
        self.failed(answer, "limited", "too many certificates already issued", 3600)

    def test_a_kill_in_the_middle_is_followed_by_success(self):
        self.pebble.set_address("killed.example", house.HOST_IP)
        self.pebble.pause()
        self.addCleanup(self.pebble.resume)
        call = self.edge.start_command("request-certificate", "dom_killed", "killed.example", "--directory", self.pebble.directory, "--fresh-until", "1")
        house.eventually(lambda: any("curl" in line for _, line in self.edge.processes()), "the order is under way")
        self.edge.kill("request-certificate")
        call.communicate(timeout=30)
        self.assertNotEqual(0, call.returncode)
        self.pebble.resume()
        self.assertEqual("issued", self.edge.request("dom_killed", "killed.example")["result"])

    def test_an_acme_server_that_lost_its_accounts_gets_a_new_one(self):
        self.pebble.set_address("again.example", house.HOST_IP)
        self.assertEqual("issued", self.edge.request("dom_again", "again.example")["result"])
        self.pebble.stop()
        self.failed(self.edge.request("dom_again", "again.example", fresh_until=int(time.time()) + 100 * 86400), "unreachable", "refused")
        self.pebble.start()
        self.assertEqual("issued", self.edge.request("dom_again", "again.example", fresh_until=int(time.time()) + 100 * 86400)["result"])

    def test_a_domain_is_looked_at_before_an_order(self):
        check = lambda domain, *more: self.edge("check-domain", domain, "token-12345", *more)
        self.pebble.set_address("here.example", house.HOST_IP)
        answer = check("here.example", "--addresses", f"192.0.2.1,{house.HOST_IP}")
        self.assertEqual(("ok", [house.HOST_IP]), (answer["result"], answer["addresses"]), answer)
        self.assertEqual("wrong_address", check("here.example")["result"])  # a private one
        self.assertEqual("no_address", check("nowhere.example", "--addresses", house.HOST_IP)["result"])
        self.pebble.set_address("both.example", house.HOST_IP, ipv6=["2001:db8::1"])
        answer = check("both.example", "--addresses", house.HOST_IP)
        self.assertEqual(("wrong_address", {house.HOST_IP, "2001:db8::1"}), (answer["result"], set(answer["addresses"])), answer)
        # Where there is no IPv6, an address of it that nobody vouches for would cost an order: ACME servers prefer it.
        self.assertEqual("ok", check("both.example", "--addresses", f"{house.HOST_IP},2001:db8::1")["result"])
        self.pebble.set_address("both.example", "8.8.8.8", ipv6=["2600::1"])
        answer = check("both.example")
        self.assertEqual("unreachable", answer["result"], answer)
        self.assertRegex(answer["detail"], "2600::1 too, .*AAAA.*EDGE_ADDRESSES")
        for address in ("10.0.0.1", "127.0.0.1", "169.254.169.254", "100.64.0.1", "192.168.1.1"):
            self.pebble.set_address("private.example", address)
            self.assertEqual("wrong_address", check("private.example")["result"], address)
        self.pebble.set_address("closed.example", acme.GATEWAY)
        self.assertEqual("unreachable", check("closed.example", "--addresses", acme.GATEWAY)["result"])
        with http.server.ThreadingHTTPServer((acme.GATEWAY, 80), Refusing) as other:
            threading.Thread(target=other.serve_forever, daemon=True).start()
            self.assertEqual("other_answer", check("closed.example", "--addresses", acme.GATEWAY)["result"])
            other.shutdown()
        self.assertNotIn("token-12345", self.edge.docker("exec", self.edge.name, "ls", "/edge/challenges"))

    def test_a_wrong_call_is_refused(self):
        for call in (["nonsense"], ["request-certificate", "../x", "a.example"], ["request-certificate", "dom_a", "a;b.example"], ["check-domain", "localhost", "token-12345"],
                     ["check-domain", "a.example", "../../x"], ["request-certificate", "dom_a", "a.example", "--directory", "http://a/", "--fresh-until", "1"], ["forget"]):
            self.assertIn("error", self.edge(*call, code=64), call)


if __name__ == "__main__":
    main()
