"""What the edge serves, to whom, and that one site's trouble stays its own."""
import hashlib
import ipaddress
import json
import secrets
import socket
import ssl
import subprocess
import time
import unittest

import http2_client
from application import Application
from edge_container import CONTAINER, Edge, acme, house, main, needs_edge, render

TENANT_IMAGE = "troupe-sample:1"


class Sites(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        needs_edge()
        cls.pebble = cls.enterClassContext(acme.Pebble())
        cls.edge = cls.enterClassContext(Edge(cls.pebble))
        cls.application = cls.enterClassContext(Application())
        cls.domain = "app.tenant.example"
        cls.site = cls.edge.site(cls.domain, cls.application.upstream)

    def get(self, path="/", **options):
        return self.edge.get(self.domain, path, **options)

    def hello(self):
        self.assertEqual((200, b"hello from the application\n"), self.get()[:3:2])

    def test_http_leads_to_https_and_https_to_the_application_under_its_own_name(self):
        answer = self.get("/a?b=c", secure=False)
        self.assertEqual((308, f"https://{self.domain}/a?b=c"), (answer.status, answer.headers["Location"]))
        answer = self.get("/a%2fb?c=d", headers={"X-Forwarded-For": "1.2.3.4", "X-Real-IP": "1.2.3.4", "Forwarded": "for=1.2.3.4", "Proxy": "evil", "Upgrade": "h2c"})
        self.assertEqual(200, answer.status)
        self.assertEqual("max-age=31536000", answer.headers["Strict-Transport-Security"])
        self.assertEqual("nosniff", answer.headers["X-Content-Type-Options"])
        method, path, told = self.application.seen[-1]
        self.assertEqual(("GET", "/a%2fb?c=d"), (method, path))
        self.assertEqual((self.domain, "https", self.domain, "443"), tuple(told[h] for h in ("Host", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Port")))
        self.assertNotIn("1.2.3.4", str(told))
        self.assertEqual([], [h for h in ("Forwarded", "Proxy", "Upgrade") if h in told])

    def test_only_modern_tls_is_spoken_and_http_2_is_offered(self):
        with self.edge.connect(self.domain, protocols=["h2", "http/1.1"]) as wire:
            self.assertEqual(("h2", "TLSv1.3"), (wire.selected_alpn_protocol(), wire.version()))
        for option in ("-tls1_1", "-tls1"):
            done = house.run("openssl", "s_client", "-connect", f"{house.HOST_IP}:443", "-servername", self.domain, option, "-cipher", "ALL:@SECLEVEL=0", check=False)
            self.assertNotEqual(0, done.returncode)

    def test_unknown_hosts_get_nothing(self):
        self.assertIsNone(self.edge.get("nobody.example", secure=False))
        with self.assertRaises(ssl.SSLError):
            self.edge.connect("nobody.example")
        with self.assertRaises(ssl.SSLError):
            self.edge.trusted().wrap_socket(socket.create_connection((house.HOST_IP, 443), 10), server_hostname=house.HOST_IP)

    def test_each_request_is_a_line_of_json_with_its_site_and_without_its_query(self):
        mark = secrets.token_hex(6)
        self.get(f"/{mark}?secret={mark}")
        line = house.eventually(lambda: next((line for line in self.edge.log().splitlines() if f'"/{mark}"' in line), None), "the line is written")
        self.assertEqual((self.site, "GET", f"/{mark}", 200), tuple(json.loads(line)[k] for k in ("site", "method", "path", "status")))
        self.assertNotIn(f"secret={mark}", self.edge.log())

    def test_cookies_as_large_as_the_fields_usual_pass(self):
        for size in (1000, 30_000):
            cookie = "a=" + "x" * size
            self.assertEqual(200, self.get(headers={"Cookie": cookie}).status, size)
            self.assertEqual(cookie, self.application.seen[-1][2]["Cookie"])
            fields = [(":method", "GET"), (":scheme", "https"), (":authority", self.domain), (":path", "/two"), ("cookie", cookie)]
            self.assertEqual([200], http2_client.ask(self.edge, self.domain, fields), size)
            self.assertEqual(cookie, self.application.seen[-1][2]["Cookie"])
        self.assertEqual(400, self.get(headers={"Cookie": "a=" + "x" * 40_000}).status)

    def test_an_owner_says_how_much_and_how_his_site_is_shown(self):
        domain = "settings.example"
        self.edge.site(domain, self.application.upstream, settings="  client_max_body_size 1m;\n  underscores_in_headers on;\n  set $edge_plain_transport yes;\n  set $edge_frames DENY;\n")
        answer = self.edge.get(domain, method="POST", body=b"abc", headers={"X_Under": "1"})
        self.assertEqual((200, None, "DENY"), (answer.status, answer.headers["Strict-Transport-Security"], answer.headers["X-Frame-Options"]))
        self.assertEqual("1", self.application.seen[-1][2]["X_Under"])
        self.assertEqual(413, self.edge.get(domain, method="POST", body=b"x" * ((1 << 20) + 1)).status)
        answer = self.get(method="POST", body=b"x" * ((1 << 20) + 1), headers={"X_Under": "1"})
        self.assertEqual((200, "SAMEORIGIN"), (answer.status, answer.headers["X-Frame-Options"]))
        self.assertIsNone(self.application.seen[-1][2]["X_Under"])

    def test_what_nginx_says_of_a_failure_holds_no_query(self):
        domain, mark = "failing.example", secrets.token_hex(6)
        self.edge.site(domain, f"{acme.GATEWAY}:9")
        self.assertEqual(502, self.edge.get(domain, f"/{mark}?token={mark}-query", headers={"Referer": f"https://a.example/?from={mark}-query and more"}).status)
        line = house.eventually(lambda: next((line for line in self.edge.log().splitlines() if f"/{mark}" in line and "[error]" in line), None), "nginx says why")
        self.assertIn("Connection refused", line)
        self.assertNotIn(f"{mark}-query", self.edge.log())

    def test_nothing_an_application_says_moves_nginx(self):
        planted = "planted"
        self.edge.docker("exec", self.edge.name, "sh", "-c", f"echo not yours >/edge/challenges/{planted}")
        answer = self.get("/x-accel")
        self.assertEqual((200, 4000 * 27), (answer.status, len(answer.body)))
        self.assertEqual([], [h for h in answer.headers if h.lower().startswith("x-accel")])

    def test_what_was_not_answered_is_repeated_only_where_that_is_harmless(self):
        domain, tasks = "retry.example", "tasks.retry.internal"
        port = self.application.upstream.split(":")[1]
        self.edge.site(domain, f"{tasks}:{port}")
        # One of two tasks refuses connections: no request notices, whatever its method.
        self.pebble.set_address(tasks, acme.GATEWAY, house.HOST_IP)
        for _ in range(5):
            self.assertEqual((200, b"cba"), self.edge.get(domain, method="POST", body=b"abc")[:3:2])
            self.assertEqual(200, self.edge.get(domain).status)
        # A task that ends after the request has reached it.
        self.pebble.set_address(tasks, acme.GATEWAY, acme.GATEWAY)
        def seen(method, body=None):
            self.application.seen.clear()
            self.assertEqual(502, self.edge.get(domain, "/close", method=method, body=body).status)
            return len(self.application.seen)
        house.eventually(lambda: seen("GET") == 2, "both tasks are asked")
        self.assertEqual(1, seen("POST", b"abc"))

    def test_a_websocket_and_an_event_stream_survive_reloads(self):
        with self.edge.connect(self.domain) as socket_wire, self.edge.connect(self.domain) as event_wire:
            socket_wire.sendall(f"GET /socket HTTP/1.1\r\nHost: {self.domain}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n".encode())
            event_wire.sendall(f"GET /events HTTP/1.1\r\nHost: {self.domain}\r\nAccept: text/event-stream\r\n\r\n".encode())
            talk, events = socket_wire.makefile("rb"), event_wire.makefile("rb")
            self.assertIn(b" 101 ", talk.readline())
            self.assertIn(b" 200 ", events.readline())
            for stream in (talk, events):
                while stream.readline().strip():
                    pass
            for _ in range(3):
                socket_wire.sendall(b"still here\n")
                self.assertEqual(b"echo still here\n", talk.readline())
                self.application.more_events.set()
                while b"data: now\n" != events.readline():
                    pass
                self.edge("reload")
            self.hello()

    def test_a_refused_file_keeps_what_served_and_stops_no_other(self):
        good, other = self.site, "dom_other"
        broken = render("site-https", good, self.domain, self.application.upstream).replace("location / {", "nonsense; location / {")
        self.edge.upload(**{good: broken, other: render("site-http", other, "other.example"), "dom_half": "server {\n", "dom_stolen": render("site-http", "dom_stolen", self.domain),
                            "dom_bare": render("site-https", "dom_bare", "bare.example", "x:1")})
        answer = self.edge("apply")
        self.assertEqual([other], answer["applied"])
        self.assertEqual({good, "dom_half", "dom_stolen", "dom_bare"}, set(answer["refused"]))
        self.assertIn('unknown directive "nonsense"', answer["refused"][good])
        self.assertIn("certificate", answer["refused"]["dom_bare"])
        self.assertIn(self.domain, answer["refused"]["dom_stolen"])
        self.hello()
        self.assertEqual(503, self.edge.get("other.example", secure=False).status)
        self.edge.apply(**{other: None})
        self.assertIsNone(self.edge.get("other.example", secure=False))

    def test_an_apply_that_is_killed_at_any_moment_can_be_repeated(self):
        text = lambda n: render("site-http", "dom_killed", "killed.example") + f"# {n}\n# end of dom_killed\n"
        killed = 0
        for n in range(12):
            self.edge.upload(dom_killed=text(n))
            call = self.edge.start_command("apply")
            time.sleep(n * 0.08)  # any moment will do: what is asserted holds whenever the kill comes
            self.edge.kill("apply")
            call.communicate(timeout=30)
            killed += call.returncode == 137
            self.hello()
        self.assertGreater(killed, 0)
        self.edge("apply")
        self.assertEqual(hashlib.sha256(text(11).encode()).hexdigest(), self.edge("state")["sites"]["dom_killed"])
        self.edge.apply(dom_killed=None)

    def test_a_planted_broken_file_stops_no_other_even_across_a_restart(self):
        self.edge.docker("exec", self.edge.name, "sh", "-c", "echo 'nonsense;' >/edge/live/dom_planted.conf")
        self.edge.apply(dom_more=render("site-http", "dom_more", "more.example"))
        self.hello()
        self.edge.docker("exec", self.edge.name, "sh", "-c", "echo 'nonsense;' >/edge/live/dom_planted.conf")
        self.edge.restart()
        self.hello()
        state = self.edge("state")
        self.assertEqual({self.site, "dom_more"}, set(state["sites"]))
        self.assertIn("nonsense", state["excluded"]["dom_planted"])
        self.edge.apply(dom_planted=None, dom_more=None)
        self.assertEqual({}, self.edge("state")["excluded"])

    def test_a_site_without_an_application_says_so_and_the_platforms_own_hides_its_operators_views(self):
        answers = {}
        for template, upstream in (("site-https", ""), ("platform", self.application.upstream)):
            domain = f"{template}.example"
            self.edge.site(domain, upstream, template=template)
            answers[template] = [self.edge.get(domain, path).status for path in ("/", "/admin/system", "/%61dmin", "//metrics", "/metrics", "/administer")]
            self.assertEqual(308, self.edge.get(domain, secure=False).status)
        self.assertEqual({"site-https": [503] * 6, "platform": [200, 404, 404, 404, 404, 200]}, answers)
        self.assertEqual(413, self.edge.get("platform.example", method="POST", body=b"x" * ((1 << 20) + 1)).status)

    def test_an_application_in_an_overlay_is_served_and_cannot_reach_the_edge_there(self):
        house.run(house.ROOT / "config/scripts/sample-image", house.ENGINE)
        docker, network, id = self.edge.docker, f"{self.edge.name}-tenant", secrets.token_hex(8)
        alias = f"tasks.{id}-web"
        docker("network", "create", "--driver", "overlay", "--attachable", network)
        self.addCleanup(docker, "network", "rm", network)
        docker("run", "-d", "--name", network, "--network", network, "--network-alias", alias, TENANT_IMAGE)
        self.addCleanup(docker, "rm", "-f", network)
        docker("network", "connect", network, self.edge.name)
        self.addCleanup(docker, "network", "disconnect", "-f", network, self.edge.name)
        domain = "overlay.example"
        site = self.edge.site(domain, f"{alias}:8080")
        self.addCleanup(lambda: self.edge.apply(**{site: None}))
        page = house.eventually(lambda: (answer := self.edge.get(domain)).status == 200 and answer, "the page is there")
        self.assertIn(b"Troupe is running", page.body)

        def refused():
            address = docker.inspect("container", self.edge.name)["NetworkSettings"]["Networks"][network]["IPAddress"]
            for port in (80, 443, 8081):
                done = docker("exec", network, "nc", "-w", "3", address, str(port), check=False)
                self.assertIn("refused", done.stdout + done.stderr)
        refused()
        # The container's networks are the same after a restart, and so is where it listens.
        self.edge.restart()
        self.assertEqual(200, house.eventually(lambda: self.edge.get(domain), "the page is there again", 15).status)
        refused()


class BehindOthers(unittest.TestCase):
    """A CDN or a load balancer stands between the visitors and the edge."""

    def setUp(self):
        needs_edge()
        self.pebble = self.enterContext(acme.Pebble())
        self.application = self.enterContext(Application())

    def seen_address(self, edge, domain, **options):
        self.assertEqual(200, edge.get(domain, **options).status)
        told = self.application.seen[-1][2]
        self.assertEqual(told["X-Real-IP"], told["X-Forwarded-For"])
        return told["X-Real-IP"]

    def test_who_is_trusted_is_believed_about_its_visitors(self):
        with Edge(self.pebble) as edge:
            edge.site("direct.example", self.application.upstream)
            direct = self.seen_address(edge, "direct.example", headers={"X-Forwarded-For": "198.51.100.7"})
            self.assertNotEqual("198.51.100.7", direct)
        with Edge(self.pebble, **{"trusted-proxies": f"{direct}, 203.0.113.0/24,cloudflare"}) as edge:
            edge.site("cdn.example", self.application.upstream)
            for said, seen in (("198.51.100.7", "198.51.100.7"), ("6.6.6.6, 198.51.100.7, 203.0.113.9", "198.51.100.7"), ("198.51.100.7, 104.16.1.1", "198.51.100.7")):
                self.assertEqual(seen, self.seen_address(edge, "cdn.example", headers={"X-Forwarded-For": said}), said)
            line = [json.loads(line) for line in edge.log().splitlines() if '"site"' in line][-1]
            self.assertEqual("198.51.100.7", line["remote"])

    def test_proxy_protocol(self):
        with Edge(self.pebble) as edge:
            edge.site("direct.example", self.application.upstream)
            direct = self.seen_address(edge, "direct.example")
        with Edge(self.pebble, **{"trusted-proxies": direct, "proxy-protocol": "on"}) as edge:
            self.pebble.set_address("lb.example", house.HOST_IP)
            edge.apply(dom_lb=render("site-http", "dom_lb", "lb.example"))
            told = f"PROXY TCP4 198.51.100.8 {house.HOST_IP} 5000 80\r\n".encode()
            self.assertEqual(503, edge.get("lb.example", secure=False, preface=told).status)
            line = house.eventually(lambda: [json.loads(line) for line in edge.log().splitlines() if '"site":"dom_lb"' in line], "it is in the log", 10)[-1]
            self.assertEqual("198.51.100.8", line["remote"])
            self.assertIsNone(edge.get("lb.example", secure=False), "without its header nobody is served")

    def test_a_list_that_says_nothing_stops_the_start_with_the_reason(self):
        for options, words in (({"trusted-proxies": "nonsense"}, "nonsense is no address"), ({"proxy-protocol": "on"}, "needs EDGE_TRUSTED_PROXIES")):
            edge = Edge(self.pebble, **options)
            # Its end is awaited in vain; a start that fails says why in the container's log.
            start = subprocess.Popen([CONTAINER, "start", house.ENGINE, edge.name, *edge.options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                house.eventually(lambda: words in edge.log(), f"the log says {words!r}", 90, every=0.5)
            finally:
                start.kill()
                start.wait()
                edge.__exit__()


class WithIPv6(unittest.TestCase):
    def test_it_listens_there_and_asks_names_there(self):
        needs_edge()
        with acme.Pebble() as pebble:
            edge = Edge(pebble)
            self.addCleanup(edge.__exit__)
            prefix = f"fd{secrets.token_hex(1)}:{secrets.token_hex(2)}:{secrets.token_hex(2)}:1"
            edge.docker("network", "create", "--ipv6", "--subnet", f"{prefix}::/64", edge.name)
            edge.start()
            address = edge.docker.inspect("container", edge.name)["NetworkSettings"]["Networks"][edge.name]["GlobalIPv6Address"]
            pebble.set_address("six.example", house.HOST_IP, ipv6=[address])
            edge.apply(dom_six=render("site-http", "dom_six", "six.example"))
            told = edge.docker("exec", edge.name, "curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-H", "Host: six.example", f"http://[{address}]/")
            self.assertEqual("503", told)
            check = lambda *more: edge("check-domain", "six.example", "token-12345", "--addresses", ",".join((house.HOST_IP, address, *more)))
            self.assertEqual("ok", check()["result"])
            stale = str(ipaddress.ip_address(f"{prefix}::dead"))  # as a resolver writes it
            pebble.set_address("six.example", house.HOST_IP, ipv6=[stale])
            answer = check(stale)
            self.assertEqual("unreachable", answer["result"])
            self.assertIn(stale, answer["detail"])


class Operators(unittest.TestCase):
    def test_their_views_are_reached_where_the_container_is_told_where_they_are(self):
        needs_edge()
        with acme.Pebble() as pebble, Application() as views, Edge(pebble, operators=views.upstream) as edge:
            edge.site("operators.example", "127.0.0.1:1", template="platform")
            answers = [edge.get("operators.example", path).status for path in ("/admin/system", "/%61dmin", "/metrics", "/", "/administer")]
            self.assertEqual([200, 200, 200, 502, 502], answers)


if __name__ == "__main__":
    main()
