"""What the outside sees of the door: request ids, problem+json for every refusal, and nothing of what lies behind."""
import contextlib
import json
import os
import socket
import unittest

import house


class Door(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        house.needs_database()
        cls.house = cls.enterClassContext(house.House())
        cls.house.start()

    def raw(self, text, port=None):
        """Bytes in, bytes out until the server closes."""
        with socket.create_connection(("127.0.0.1", port or self.house.port), timeout=20) as wire:
            wire.sendall(text)
            answer = b""
            with contextlib.suppress(ConnectionResetError):  # nginx may reset what it has given up on, after its answer
                while chunk := wire.recv(65536):
                    answer += chunk
            return answer

    def refused(self, answer, *statuses):
        self.assertIn(answer.status, statuses, answer)
        problem = answer.problem
        self.assertEqual(answer.status, problem["status"])
        self.assertEqual(answer.headers["X-Request-Id"], problem["requestId"])
        self.assertTrue(problem["title"] and problem["detail"] and problem["type"])
        self.assertEqual(1, len(answer.headers.get_all("X-Request-Id")))
        return problem

    def test_a_sane_request_id_comes_back_and_is_in_the_log_and_any_other_is_replaced(self):
        answer = self.house.call("POST", "/environments", {"name": "Bad Name"}, headers={"X-Request-Id": "trace-me.42"})
        self.assertEqual("trace-me.42", self.refused(answer, 400)["requestId"])
        self.assertIn("trace-me.42", self.house.log())
        seen = set()
        for bad in (None, "a b", "x" * 200, "<script>", "é".encode().decode("latin-1")):
            answer = self.house.call("GET", "/environments", headers={"X-Request-Id": bad} if bad else {})
            self.assertRegex(answer.headers["X-Request-Id"], "^[A-Za-z0-9._-]{1,64}$")
            self.assertNotEqual(bad, answer.headers["X-Request-Id"])
            seen.add(answer.headers["X-Request-Id"])
        self.assertEqual(5, len(seen))

    def test_an_unknown_path_is_a_404_and_a_wrong_method_a_405_with_allow(self):
        for path in ("/nowhere", "/deployments/job", "/environments/x/y", "/.problem"):
            with self.subTest(path):
                self.refused(self.house.call("GET", path), 404)
        self.refused(self.house.call("GET", "/environments//"), 400)
        for path in ("//environments", "/%2e%2e/etc/passwd", "/environments/../health", "/a%2fb", "/a%00"):
            with self.subTest(path):
                self.refused(self.house.call("GET", path), 400, 404)
        for method, path, allowed in (("PUT", "/environments", {"GET", "POST"}), ("PATCH", "/deployments/x", {"GET", "DELETE"}), ("DELETE", "/health", {"GET"})):
            with self.subTest(method=method):
                answer = self.house.call(method, path)
                self.refused(answer, 405)
                self.assertLessEqual(allowed, set(answer.headers["Allow"].replace(" ", "").split(",")))
        self.assertIn(self.house.call("TRACE", "/health").status, (405, 501))

    def test_bodies_that_are_too_large_of_another_type_or_broken_are_told_apart(self):
        post = lambda body, **headers: self.house.call("POST", "/environments", body, headers=headers)
        self.refused(post(b"x" * (8 << 20), **{"Content-Type": "application/json"}), 413)
        self.refused(post(b"{}", **{"Content-Type": "text/plain"}), 415)
        self.refused(post(b'{"name":"x"}'), 415)
        json_type = {"Content-Type": "application/json"}
        for body in (b"{", b'{"name":"a","name":"b"}', b'{"name":"\xff"}', b'{"name":"a\\u0000"}', b"[" * 5000, b"", b'{"name":1e999}', b'{"name":"\\ud800"}'):
            with self.subTest(body=body[:40]):
                self.refused(post(body, **json_type), 400)
        problem = self.refused(post({"name": "No", "colour": 1, "size": 2}), 400)
        self.assertEqual({"/name", "/colour", "/size"}, {e["pointer"] for e in problem["errors"]})
        environment = self.house.make_environment()
        body = {"environmentId": environment, "image": "a:1", "tag": "2", "replicas": 0, "ports": [{"container": 70000}], "privileged": True,
                "volumes": [{"name": "x", "mountPath": "/proc"}], "envVars": {"1": "x"}}
        pointers = {e["pointer"] for e in self.refused(self.house.call("POST", "/deployments", body), 400)["errors"]}
        self.assertLessEqual({"/replicas", "/ports/0/container", "/privileged", "/volumes/0/mountPath"}, pointers)
        self.assertTrue(pointers & {"/tag", "/image"})
        self.assertEqual([], self.house.ok("GET", f"/deployments/environment/{environment}")["deployments"])

    def test_a_path_or_header_that_is_too_long_is_refused_as_a_problem(self):
        self.refused(self.house.call("GET", "/" + "a" * 20000), 414)
        answer = self.house.call("GET", "/environments", headers={"X-Long": "a" * 40000})
        self.assertIn(answer.status, (400, 431))
        answer.problem

    def test_broken_requests_get_a_problem_and_never_a_page_of_html(self):
        for text, statuses in ((b"GET / HTTP/9.9\r\n\r\n", (505, 400)), (b"NONSENSE\r\n\r\n", (400,)), (b"GET / HTTP/1.1\r\n\r\n", (400,)),
                               (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", (400,)),
                               (b"POST /environments HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", (400,)),
                               (b"POST /environments HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n", (400,)),
                               (b"POST /environments HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", (400, 501))):
            with self.subTest(text=text):
                head, _, body = self.raw(text).partition(b"\r\n\r\n")
                self.assertIn(int(head.split()[1]), statuses, head)
                self.assertIn(b"application/problem+json", head)
                self.assertEqual(int(head.split()[1]), json.loads(body)["status"])
                self.assertNotIn(b"<html", body.lower())

    def test_the_admin_listener_is_not_reached_through_the_door(self):
        admin = self.house.make_key("admin", [*house.ALL_SCOPES, "ADMIN"])
        for path in ("/admin/actors", "/admin/system", "/admin/deployments", "/metrics", "/admin", "/%61dmin/actors", "/environments/../admin/actors"):
            with self.subTest(path):
                self.assertIn(self.house.call("GET", path, key=admin).status, (400, 404))
        for path in ("/admin/actors", "/admin/system", "/admin/deployments", "/metrics"):
            with self.subTest(path, listener="admin"):
                self.assertEqual(200, self.house.call("GET", path, key=admin, port=self.house.admin_port).status)
                self.assertEqual(401, self.house.call("GET", path, key=None, port=self.house.admin_port).status)
                self.assertEqual(403, self.house.call("GET", path, port=self.house.admin_port).status)

    def test_the_engines_own_port_is_on_loopback_alone(self):
        listeners = [line.split() for line in house.run("ss", "-Hltn").splitlines()]
        own = [columns[3] for columns in listeners if columns[3].endswith(f":{self.house.internal_port}")]
        self.assertEqual([f"127.0.0.1:{self.house.internal_port}"], own)

    def test_a_dead_nginx_comes_back_and_a_dead_server_takes_it_along(self):
        with house.House() as own:
            own.start()
            master = int((own.directory / "state/door/nginx.pid").read_text())
            os.kill(master, 9)
            house.eventually(lambda: house.port_free(own.port) is False and int((own.directory / "state/door/nginx.pid").read_text() or 0) != master, "nginx is back")
            own.wait_until_healthy()
            own.kill()  # asserts that the port gets free

    def test_streams_come_through_at_once(self):
        environment = self.house.make_environment()
        accepted = self.house.deploy(environment, "registry.example/web:1")
        connection = house.http.client.HTTPConnection("127.0.0.1", self.house.port, timeout=20)
        self.addCleanup(connection.close)
        connection.request("GET", f"/deployments/{accepted['deploymentId']}/events", headers={"X-API-Key": self.house.key, "Accept": "text/event-stream"})
        answer = connection.getresponse()
        self.assertEqual((200, "text/event-stream"), (answer.status, answer.headers["Content-Type"]))
        statuses, last = [], None
        while "RUNNING" not in statuses:
            line = answer.readline().decode().rstrip()
            if line.startswith("id: "):
                last = int(line[4:])
            if line.startswith("data: "):
                statuses.append(json.loads(line[6:])["status"])
        self.assertEqual("PENDING", statuses[0])
        again = house.http.client.HTTPConnection("127.0.0.1", self.house.port, timeout=20)
        self.addCleanup(again.close)
        again.request("GET", f"/deployments/{accepted['deploymentId']}/events",
                      headers={"X-API-Key": self.house.key, "Accept": "text/event-stream", "Last-Event-ID": str(last - 1)})
        line = again.getresponse().readline().decode()
        self.assertEqual(f"id: {last}\n", line)

    def test_health_says_what_the_contract_says(self):
        self.assertEqual({"status": "ok"}, self.house.call("GET", "/health", key=None).json)
        body = self.house.call("GET", "/health", key=self.house.make_key("operator", (*house.ALL_SCOPES, "ADMIN"))).json
        self.assertEqual(("ok", True), (body["status"], body["simulated"]))
        for part in ("database", "engine", "memory", "disk"):
            self.assertIn(body["checks"][part]["status"], ("ok", "low"))
        self.assertGreaterEqual(body["uptimeSeconds"], 0)
        self.assertTrue(body["version"])


if __name__ == "__main__":
    house.main()
