"""Logins to registries: with them private images run, for their user alone; as registries are, with passwords and tokens that change,
and limits. Real registries, behind a door of the test's own that asks for tokens and refuses when it is told to."""
import base64
import contextlib
import crypt
import http.client
import http.server
import json
import os
import pathlib
import secrets
import shutil
import tempfile
import threading
import time
import unittest

import house

GATEWAY = os.environ.get("TROUPE_TEST_GATEWAY_IP", "")
USER, PASSWORD = "alice", "s3cret-" + secrets.token_hex(6)


class PrivateRegistry:
    """A docker-registry of the test's own, with web:1 and web:2, for one user and password."""

    def __init__(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="troupe-registry-")) / "registry"
        self.script = house.ROOT / "config/scripts/test-registry"
        self.host = house.run(self.script, "start", self.directory, GATEWAY, f"{USER}:{PASSWORD}")

    def fill(self, witness):
        """web:1 and web:2, of which the Engine keeps no copy under this registry's name."""
        config = self.directory.parent / "docker"
        for tag in ("1", "2"):
            source, name = f"{house.REGISTRY}/web:{tag}", f"{self.host}/web:{tag}"
            witness("pull", "-q", source)
            witness("tag", source, name)
            house.run("docker", "--config", config, "-H", house.ENGINE, "login", "-u", USER, "--password-stdin", self.host, stdin=PASSWORD)
            house.run("docker", "--config", config, "-H", house.ENGINE, "push", "-q", name)
            witness("rmi", name)

    def take(self, password):
        """From now on, this password alone."""
        (self.directory / "htpasswd").write_text(f"{USER}:{crypt.crypt(password, crypt.mksalt(crypt.METHOD_BLOWFISH, rounds=32))}\n")

    def stop(self):
        house.run(self.script, "stop", self.directory)
        shutil.rmtree(self.directory.parent, ignore_errors=True)


class Door(http.server.ThreadingHTTPServer):
    """Before a registry: gives tokens that end soon for the password, and refuses all as "too many requests" while `limits` is set."""
    daemon_threads = True

    def __init__(self, upstream, lifetime=1.0):
        super().__init__((GATEWAY, 0), Visit)
        self.upstream, self.lifetime, self.limits = upstream, lifetime, False
        self.tokens, self.asked, self.manifests = {}, 0, 0
        self.host = f"{GATEWAY}:{self.server_port}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def close(self):
        self.shutdown()
        self.server_close()


class Visit(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body, **headers):
        data = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(data)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def do_GET(self):
        door, given = self.server, self.headers.get("Authorization", "")
        if self.path.startswith("/token"):
            door.asked += 1
            if given != "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode():
                return self.answer(401, {"errors": [{"code": "UNAUTHORIZED", "message": "unauthorized"}]})
            token = secrets.token_hex(8)
            door.tokens[token] = time.monotonic() + door.lifetime
            return self.answer(200, {"token": token, "expires_in": int(door.lifetime)})
        if "/manifests/" in self.path:
            door.manifests += 1
        if door.limits:
            return self.answer(429, {"errors": [{"code": "TOOMANYREQUESTS", "message": "too many requests"}]})
        if door.tokens.get(given.removeprefix("Bearer "), 0) < time.monotonic():
            return self.answer(401, {"errors": [{"code": "UNAUTHORIZED", "message": "authentication required"}]},
                               WWW_Authenticate=f'Bearer realm="http://{door.host}/token",service="door",scope="repository:web:pull"')
        host, port = door.upstream.split(":")
        connection = http.client.HTTPConnection(host, int(port), timeout=30)
        with contextlib.closing(connection):
            connection.request(self.command, self.path, headers={k: ", ".join(v) for k in ("Accept", "Range") if (v := self.headers.get_all(k))})
            got = connection.getresponse()
            body = got.read()
            self.send_response(got.status)
            for name, value in got.getheaders():
                if name.lower() not in ("connection", "transfer-encoding", "content-length"):
                    self.send_header(name, value)
            self.send_header("Content-Length", got.headers["Content-Length"] if self.command == "HEAD" else str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    do_HEAD = do_GET


class Registries(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        house.needs_engine()
        house.need("TROUPE_TEST_GATEWAY_IP")
        cls.house = cls.enterClassContext(house.House(house.ENGINE, PULL_TIMEOUT="15s", PRIVATE_REGISTRIES=GATEWAY))
        cls.house.start()
        cls.registry = PrivateRegistry()
        cls.addClassCleanup(cls.registry.stop)
        cls.registry.fill(cls.house.docker)

    def setUp(self):
        self.registry.take(PASSWORD)
        self.environment = self.house.make_environment()
        self.addCleanup(self.house.delete_environment, self.environment)
        for login in self.house.ok("GET", "/registries")["registries"]:
            self.house.ok("DELETE", f"/registries/{login['registry']}")

    def door(self, **options):
        door = Door(house.REGISTRY, **options)
        self.addCleanup(door.close)
        return door

    def give(self, host, password=PASSWORD, key="own"):
        return self.house.call("PUT", f"/registries/{host}", {"username": USER, "password": password}, key=key)

    def release(self, image, **body):
        return self.house.settle(self.house.deploy(self.environment, image, name="web", **body))

    def refused(self, image, key="own", environment=None):
        accepted = self.house.ok("POST", "/deployments", {"environmentId": environment or self.environment, "image": image, "name": "web"}, key=key)
        path = f"/deployments/job/{accepted['jobId']}?wait=10s"
        ended = house.eventually(lambda: (d := self.house.ok("GET", path, key=key)["deployment"])["status"] in house.SETTLED and d, "it settles", 60)
        self.assertEqual("FAILED", ended["status"], ended)
        self.assertEqual("REGISTRY_DENIED", ended["error"]["code"], ended["error"])
        return ended["error"]

    def test_a_private_image_runs_for_its_user_alone_also_after_a_kill(self):
        host, image = self.registry.host, f"{self.registry.host}/web:1"
        self.assertIn(f"PUT /registries/{host}", self.refused(image)["hint"])
        wrong = self.give(host, "not-" + PASSWORD)
        self.assertEqual(400, wrong.status, wrong)
        self.assertIn("refused this login", wrong.problem["detail"])
        self.assertEqual([], self.house.ok("GET", "/registries")["registries"])
        self.assertEqual(200, self.give(host).status)
        self.assertEqual("RUNNING", self.release(image)["status"])

        other = self.house.make_key("other", user="somebody-else")
        theirs = self.house.make_environment(key=other)
        self.refused(image, key=other, environment=theirs)
        self.assertEqual([], self.house.ok("GET", "/registries", key=other)["registries"])
        self.house.delete_environment(theirs, key=other)

        self.house.kill()
        self.house.start()
        self.assertEqual("RUNNING", self.release(f"{host}/web:2")["status"])
        shown = json.dumps(self.house.ok("GET", "/registries"))
        self.assertIn(host, shown)
        dump = house.run("pg_dump", "-d", self.house.url)
        for text in (shown, dump, self.house.log()):
            self.assertNotIn(PASSWORD, text)
            self.assertNotIn(base64.b64encode(PASSWORD.encode()).decode().rstrip("="), text)
        self.house.ok("DELETE", f"/registries/{host}")
        self.assertEqual(404, self.house.call("DELETE", f"/registries/{host}").status)
        self.assertEqual("RUNNING", self.house.ok("GET", f"/services/{self.environment}.web")["service"]["status"], "what runs goes on")

    def test_a_password_changes_while_releases_run(self):
        host, image = self.registry.host, f"{self.registry.host}/web"
        self.give(host)
        self.assertEqual("RUNNING", self.release(f"{image}:1")["status"])
        password = "other-" + secrets.token_hex(6)
        self.registry.take(password)
        failed = self.release(f"{image}:2")
        self.assertEqual(("FAILED", "REGISTRY_DENIED"), (failed["status"], failed["error"]["code"]), failed)
        self.assertIn("give another with PUT /registries/", failed["error"]["hint"])
        self.assertEqual("RUNNING", self.house.ok("GET", f"/services/{self.environment}.web")["service"]["status"])
        self.assertEqual(200, self.give(host, password).status)
        self.assertEqual("RUNNING", self.release(f"{image}:2")["status"])

    def test_tokens_that_end_are_asked_for_again(self):
        door = self.door(lifetime=0.5)
        self.refused(f"{door.host}/web:1")
        self.assertEqual(400, self.give(door.host, "wrong").status)
        self.assertEqual(200, self.give(door.host).status)
        before = door.asked
        for tag in ("1", "2"):
            self.assertEqual("RUNNING", self.release(f"{door.host}/web:{tag}")["status"])
        self.assertGreaterEqual(door.asked, before + 2)

    def test_a_limit_of_the_registry_stops_no_release_of_what_is_here(self):
        door = self.door(lifetime=60)
        self.give(door.host)
        image = f"{door.host}/web:1"
        self.assertEqual("RUNNING", self.release(image)["status"])
        door.limits = True
        again = self.release(image, envVars={"ROUND": "2"})
        self.assertEqual("RUNNING", again["status"], again)
        self.assertIn("limits how often", json.dumps(self.house.events(again["id"])))
        strict = self.release(image, envVars={"ROUND": "3"}, imagePullPolicy="always")
        self.assertEqual(("FAILED", "REGISTRY_UNREACHABLE"), (strict["status"], strict["error"]["code"]), strict)
        before = door.manifests
        lazy = self.release(image, envVars={"ROUND": "4"}, imagePullPolicy="ifMissing")
        self.assertEqual("RUNNING", lazy["status"], lazy)
        self.assertEqual(before, door.manifests, "the registry was not asked")


if __name__ == "__main__":
    house.main()
