"""deploy.sh as an operator runs it, from nothing, on an Engine of this test's own. In order: each test goes on where the last ended.

The base image is made of packages, PostgreSQL is Debian's in place of the official image, and the program is the one that ./test
built; TROUPE_LONG=1 compiles it in Docker as an operator's machine does, and keeps Troupe and PostgreSQL down for ten minutes.
"""
import contextlib
import functools
import hashlib
import http.client
import json
import os
import pathlib
import re
import shutil
import socket
import ssl
import sys
import tempfile
import time
import unittest
import urllib.request

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1] / room) for room in ("product", "edge")]
import acme  # noqa: E402
import house  # noqa: E402

ROOT = house.ROOT
DEPLOY = ROOT / "deploy.sh"
INSTANCE = "install"
SECONDS_DOWN = 600 if house.LONG else 15
PLATFORM, SHOP = "troupe.test", "shop.test"


def own_engine(directory):
    answer = house.as_root(ROOT / "docker/private-engine", "start", directory, "--allow", "gateway", timeout=180)
    return dict(line.split("=", 1) for line in answer.splitlines())


class Prober(house.Background):
    """A tenant's visitor: asks for the page again and again, each time by a connection of its own."""

    def __init__(self, visit):
        self.visit, self.answered, self.failures = visit, 0, []
        super().__init__(self.ask)

    def ask(self, stopped):
        while not stopped.wait(0.05):
            try:
                self.visit()
                self.answered += 1
            except (OSError, AssertionError, http.client.HTTPException) as error:
                self.failures.append(repr(error))


class Edge:
    """Visits the edge as a browser does that resolves each name to `address` and trusts the test's authority."""

    def __init__(self, address, root):
        self.address, self.trusted = address, ssl.create_default_context(cadata=root)

    def connect(self, name):
        return self.trusted.wrap_socket(socket.create_connection((self.address, 443), timeout=5), server_hostname=name)

    def certificate(self, name):
        with self.connect(name) as link:
            return hashlib.sha256(link.getpeercert(binary_form=True)).hexdigest()

    def get(self, name, path="/", **headers):
        connection = http.client.HTTPSConnection(name)
        connection.sock = self.connect(name)
        with contextlib.closing(connection):
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            body = answer.read().decode().strip()
        assert answer.status == 200, (answer.status, body)
        return body


@functools.cache
def drives_the_edge():
    """Whether this troupe has the part that gives the edge its sites and certificates."""
    return "EDGE_UPSTREAM" in house.run(house.BINARY, "config")


class Installing(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        house.need("TROUPE_TEST_BINARY")
        if os.geteuid() != 0:
            raise unittest.SkipTest("an install needs root")
        for program in ("docker", "docker-compose", "mmdebstrap", "pebble", "pebble-challtestsrv"):
            if not shutil.which(program):
                raise unittest.SkipTest(f"{program} is not there")
        cls.parts = pathlib.Path(tempfile.mkdtemp(prefix="troupe-install-", dir="/tmp"))
        cls.parts.chmod(0o755)
        cls.addClassCleanup(shutil.rmtree, cls.parts, ignore_errors=True)
        cls.addClassCleanup(house.as_root, ROOT / "docker/private-engine", "remove", cls.parts / "engine")
        facts = own_engine(cls.parts / "engine")
        cls.host, cls.ip, cls.gateway, cls.netns = facts["DOCKER_HOST"], facts["HOST_IP"], facts["GATEWAY_IP"], facts["NETNS"]
        cls.docker = house.Docker(cls.host, INSTANCE)
        cls.directory = cls.parts / "opt"
        # A bare server: no Swarm. The script makes its own.
        cls.docker("swarm", "leave", "--force")
        house.run(ROOT / "config/scripts/debian-image", cls.host, timeout=600)
        cls.docker("build", "-q", "-t", "postgres-stand-in", ROOT / "tests/install/postgres", timeout=600)
        cls.make_page("web", 1)
        cls.make_page("web", 2)
        cls.pebble = cls.enterClassContext(acme.Pebble(cls.gateway))
        for name in (PLATFORM, SHOP):
            cls.pebble.set_address(name, cls.ip)
        cls.edge = Edge(cls.ip, cls.pebble.root())
        cls.key, cls.environment = "", ""

    @classmethod
    def make_page(cls, name, version):
        rootfs = cls.parts / f"{name}{version}"
        house.run(ROOT / "config/scripts/busybox-rootfs", rootfs)
        (rootfs / "www/index.html").write_text(f"{name} {version}\n")
        house.run(ROOT / "config/scripts/import-image", cls.host, f"{name}:{version}", rootfs, 'CMD ["httpd","-f","-p","8080","-h","/www"]')

    def deploy(self, *arguments, check=True, timeout=600, **given):
        flags = {"dir": self.directory, "instance": INSTANCE, "domain": PLATFORM, "email": "operator@troupe.test", "addresses": self.ip,
                 "acme-directory": self.pebble.directory, "acme-ca": self.pebble.ca_file,
                 "postgres-image": "postgres-stand-in", "advertise-address": self.ip, "netns": self.netns,
                 "isolation-options": f"--private --daemon eng0 --allow {self.gateway}", **({} if house.LONG else {"binary": house.BINARY}), **given}
        words = [word for name, value in flags.items() if value is not None for word in ("--" + name.replace("_", "-"), value)]
        done = house.run(DEPLOY, *arguments, *words, check=False, env={**os.environ, "DOCKER_HOST": self.host}, timeout=2400 if house.LONG else timeout)
        print(f"$ deploy.sh {' '.join(map(str, arguments))}: exit {done.returncode}\n{done.stdout}{done.stderr}", flush=True)
        if check:
            self.assertEqual(0, done.returncode, done.stdout + done.stderr)
        return done

    # ---- the API: by the door's port on the Engine's own loopback

    def call(self, method, path, body=None):
        """(status, JSON)"""
        command = ["ip", "netns", "exec", self.netns, "curl", "-sS", "--max-time", "90", "-w", "\n%{http_code}", "-X", method,
                   "-H", f"X-API-Key: {self.key}", f"http://127.0.0.1:3000{path}"]
        if body is not None:
            command += ["-H", "Content-Type: application/json", "-d", json.dumps(body)]
        text, status = house.run(*command).rsplit("\n", 1)
        return int(status), json.loads(text) if text else None

    def ok(self, *arguments):
        status, body = self.call(*arguments)
        self.assertLess(status, 300, body)
        return body

    def deploy_page(self, environment, name, tag, port, **more):
        return self.ok("POST", "/deployments", {"environmentId": environment, "image": "web", "tag": str(tag), "name": name,
                       "ports": [{"container": 8080, "host": port}], "volumes": [{"name": "data", "mountPath": "/data", "shared": True}], **more})["deploymentId"]

    def runs(self, deployment, within=90):
        def running():
            found = self.ok("GET", f"/deployments/{deployment}")["deployment"]
            self.assertNotIn(found["status"], ("FAILED", "CANCELLED"), found)
            return found["status"] == "RUNNING" and found
        return house.eventually(running, f"{deployment} runs", within, every=0.5)

    def page(self, port):
        with contextlib.suppress(OSError), urllib.request.urlopen(f"http://{self.ip}:{port}/", timeout=5) as answer:
            return answer.read().decode().strip()

    def answers(self, port, text, within=60):
        house.eventually(lambda: self.page(port) == text, f"port {port} answers {text!r}", within, every=0.2)

    # ---- what Docker has

    def parts_of(self, label="com.docker.compose.project"):
        return sorted(self.docker("ps", "-q", "--no-trunc", "--filter", f"label={label}={INSTANCE}").split())

    def part(self, service):
        return self.docker("ps", "-aq", "--filter", f"label=com.docker.compose.project={INSTANCE}", "--filter", f"label=com.docker.compose.service={service}")

    def sql(self, statement, database="troupe"):
        return self.docker("exec", self.part("postgres"), "psql", "-X", "-qtA", "-U", "troupe", "-d", database, "-c", statement)

    def tenants(self):
        """Containers and volumes of tenants, by the names that their environments' ids decide."""
        volumes = lambda *more: set(self.docker("volume", "ls", "-q", *self.filter(), *more).split())
        kept = volumes() - volumes("--filter", "label=com.troupe.scratch=1")  # a task's memory goes with it
        return sorted(self.docker("ps", "-q", "--no-trunc", *self.filter()).split()), sorted(kept)

    def filter(self):
        return "--filter", self.docker.own

    # ---- in order

    def test_01_a_check_tells_all_that_is_wrong_and_a_dry_run_what_it_would_do_and_neither_changes_anything(self):
        wrong = self.deploy("--check", domain="localhost", email="nobody", check=False)
        self.assertEqual(69, wrong.returncode)
        self.assertIn("FAIL  domain", wrong.stdout)
        self.assertIn("FAIL  e-mail", wrong.stdout)
        wrong = self.deploy("--check", "--http-port", "abc", "--https-port", "70000", "--proxy-protocol", "yes", check=False).stdout
        for words in ('"abc" is no port', '"70000" is no port', '"yes" is neither on nor off'):
            self.assertIn(words, wrong)
        wrong = self.deploy("--check", "--http-port", "443", "--proxy-protocol", "on", check=False).stdout
        for words in ("are one port", "nobody is trusted"):
            self.assertIn(words, wrong)
        self.assertIn("make a Swarm", self.deploy("--dry-run").stdout)
        self.assertEqual(self.floors_of_the_program(), self.floors_of_the_script())
        self.assertEqual(64, self.deploy("--no-such-flag", check=False).returncode)
        self.assertFalse(self.directory.exists())
        self.assertEqual("inactive", self.docker("info", "-f", "{{.Swarm.LocalNodeState}}"))
        self.assertEqual("", self.docker("ps", "-aq"))

    def floors_of_the_program(self):
        text = (ROOT / "config/commands/version_floor.hpp").read_text()
        return {name: [".".join(fix) for fix in re.findall(r"\{(\d+), (\d+), (\d+)\}", line)]
                for name, line in re.findall(r'"(runc|containerd)",\s*\{\{(.*?)\}\},', text, re.S)}

    def floors_of_the_script(self):
        [(runc, containerd)] = re.findall(r'runc\) fixed="([\d. ]+)" ;; \*\) fixed="([\d. ]+)"', (ROOT / "config/deploy/checks.sh").read_text())
        return {"runc": runc.split(), "containerd": containerd.split()}

    def test_02_one_command_makes_a_bare_server_serve(self):
        began = time.monotonic()
        self.directory.mkdir()
        self.write_override()
        self.deploy("install")
        print(f"installed in {time.monotonic() - began:.0f} s", flush=True)
        key_file = self.directory / "operator.key"
        self.assertEqual(0o600, key_file.stat().st_mode & 0o777)
        type(self).key = key_file.read_text().strip()
        self.assertEqual("ok", self.ok("GET", "/health")["status"])
        self.assertEqual(([{"Subnet": "10.128.0.0/9"}], 24), self.pool())
        for service in ("postgres", "troupe", "edge"):
            self.assertIn(f"{service:13} healthy", self.deploy("status", check=False).stdout)

    def write_override(self):
        """The edge asks the test's name server, as in the world it would ask the world's."""
        (self.directory / "compose.override.yml").write_text(json.dumps({"services": {"edge": {"dns": [self.gateway]}}}))

    def pool(self):
        swarm = json.loads(house.run("curl", "-sS", "--unix-socket", self.host.removeprefix("unix://"), "http://engine/swarm"))
        return [{"Subnet": pool} for pool in swarm["DefaultAddrPool"]], swarm["SubnetSize"]

    def test_03_each_part_holds_only_what_it_needs(self):
        networks = {"postgres": {"database"}, "troupe": {"database", "front"}, "edge": {"front"}}
        password = (self.directory / "secrets/postgres_password").read_text()
        for service, wanted in networks.items():
            found = self.docker.inspect("container", self.part(service))
            host = found["HostConfig"]
            self.assertEqual((True, ["ALL"], False), (host["ReadonlyRootfs"], host["CapDrop"], host["Privileged"]), service)
            self.assertIn("no-new-privileges:true", host["SecurityOpt"])
            self.assertNotIn(found["Config"]["User"].split(":")[0], ("", "0", "root"))
            self.assertTrue(host["Memory"] and host["PidsLimit"], service)
            self.assertEqual({f"{INSTANCE}-{name}" for name in wanted}, set(found["NetworkSettings"]["Networks"]), service)
            self.assertNotIn(password, json.dumps(found))
            public = {p["HostIp"] for ports in (host["PortBindings"] or {}).values() for p in ports}
            self.assertEqual({"postgres": set(), "troupe": {"127.0.0.1"}, "edge": {""}}[service], public)
        self.assertTrue(self.docker.inspect("network", f"{INSTANCE}-database")["Internal"])
        for file in (self.directory / "secrets").iterdir():
            self.assertEqual(0o400, file.stat().st_mode & 0o777, file)
        inside = self.docker("exec", self.part("troupe"), "sh", "-c", "for p in g++ gcc cc ld make cmake docker git; do command -v $p; done; true")
        self.assertEqual("", inside, "Troupe's image holds what it does not need")
        self.list_images()

    def list_images(self):
        """What is inside the images; why it is there stands in config/packages.list and the Dockerfiles."""
        for service in ("troupe", "edge"):
            image = self.docker.inspect("image", self.docker.inspect("container", self.part(service))["Image"])
            packages = self.docker("exec", self.part(service), "dpkg-query", "-Wf", "${Package} ").split()
            print(f"{service}: {image['Size'] / 1e6:.0f} MB, {len(packages)} packages: {' '.join(packages)}", flush=True)
            self.assertLess(image["Size"], 220e6, service)

    def test_03b_the_commands_for_people_have_an_image_of_their_own(self):
        target = "cli" if house.LONG else "cli-runtime"
        self.docker("build", "-q", "-t", "troupe-cli:built", "--target", target, ROOT, timeout=2400)
        if not house.LONG:
            context = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="troupe-cli-")))
            shutil.copy(pathlib.Path(house.BINARY).parents[1] / "client/troupe-cli", context / "troupe")
            (context / "Dockerfile").write_text("FROM troupe-cli:built\nCOPY troupe /usr/local/bin/troupe\n")
            self.docker("build", "-q", "-t", "troupe-cli:built", context)
        image = self.docker.inspect("image", "troupe-cli:built")
        self.assertLess(image["Size"], 100e6)
        self.assertNotIn(image["Config"]["User"].split(":")[0], ("", "0", "root"))
        def ask(*words):
            return self.docker("run", "--rm", "--read-only", "--cap-drop", "ALL", "--network", f"container:{self.part('troupe')}", "-e", "TROUPE_URL=http://127.0.0.1:3000",
                               "-e", f"TROUPE_API_KEY={self.key}", *words)
        self.assertIn("deploy SERVICE", ask("troupe-cli:built"))
        self.assertIn("scopes", ask("troupe-cli:built", "whoami"))
        inside = ask("--entrypoint", "sh", "troupe-cli:built", "-c", "dpkg-query -Wf '${Package} '; ls /etc/ssl/certs/ca-certificates.crt")
        for package in ("nginx", "postgresql", "libpqxx", "libcaf", "libpistache", "docker"):
            self.assertNotIn(package, inside)
        self.assertIn("ca-certificates.crt", inside)

    def test_04_the_story_runs_in_it(self):
        type(self).environment = self.ok("POST", "/environments", {"name": "shop"})["environment"]["id"]
        self.runs(self.deploy_page(self.environment, "web", 1, 8081))
        self.answers(8081, "web 1")

    def test_05_it_is_served_under_its_name_with_a_certificate_and_so_is_a_tenants_domain(self):
        if not drives_the_edge():
            self.skipTest("this troupe does not drive the edge yet")
        healthy = lambda name, path: house.eventually(lambda: self.visit(name, path), f"https://{name}{path} answers", 120, every=0.5)
        self.assertEqual("ok", json.loads(healthy(PLATFORM, "/health"))["status"])
        listed = json.loads(self.edge.get(PLATFORM, "/environments", **{"X-API-Key": self.key}))
        self.assertEqual(["shop"], [e["name"] for e in listed["environments"]])
        self.ok("POST", f"/environments/{self.environment}/public", {"domain": SHOP, "service": "web", "port": 8080})
        self.assertEqual("web 1", healthy(SHOP, "/"))
        type(self).certificates = [self.edge.certificate(name) for name in (PLATFORM, SHOP)]

    def visit(self, name, path="/"):
        with contextlib.suppress(OSError, AssertionError, http.client.HTTPException):
            return self.edge.get(name, path)

    def visitors(self):
        """One by the service's host port, one through the edge."""
        visits = [lambda: urllib.request.urlopen(f"http://{self.ip}:8081/", timeout=5).read()]
        if drives_the_edge():
            visits.append(lambda: self.edge.get(SHOP))
        return [Prober(visit) for visit in visits]

    def leave(self, visitors):
        for one in visitors:
            one.finish()
            self.assertEqual([], one.failures)
            self.assertGreater(one.answered, 20)
        return sum(one.answered for one in visitors)

    def test_06_run_again_it_changes_nothing_and_drops_no_request(self):
        before = self.parts_of(), self.tenants()
        visitors = self.visitors()
        self.deploy("install")
        self.leave(visitors)
        self.assertEqual(before, (self.parts_of(), self.tenants()))

    def test_07_an_upgrade_carries_on_what_is_in_flight_and_leaves_tenants_alone(self):
        before, troupe = self.tenants(), self.part("troupe")
        # A later version, as a registry would give it.
        self.docker("build", "-q", "-t", "troupe:later", "--label", "later=yes", "-", stdin=f"FROM {self.image('troupe')}\n")
        visitors = self.visitors()
        coming = self.deploy_page(self.environment, "blog", 1, 8082)
        self.deploy("upgrade", "--socket-proxy", image="troupe:later", binary=None)
        self.runs(coming)
        self.answers(8082, "web 1")
        self.leave(visitors)
        self.assertNotEqual(troupe, self.part("troupe"))
        self.assertLessEqual(set(before[0]), set(self.tenants()[0]))
        self.assertEqual("troupe:later", self.image("troupe"))

    def image(self, service):
        return self.docker.inspect("container", self.part(service))["Config"]["Image"]

    def test_08_the_socket_proxy_lets_only_troupes_calls_pass(self):
        self.assertNotIn("docker.sock", json.dumps(self.docker.inspect("container", self.part("troupe"))["HostConfig"]["Binds"]))

        def through(method, path):
            return self.docker("exec", self.part("troupe"), "curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-X", method, "--unix-socket",
                               "/run/engine/docker.sock", f"http://engine{path}")
        for method, path in (("GET", "/_ping"), ("GET", "/v1.41/services?filters=%7B%7D"), ("GET", "/v1.41/nodes")):
            self.assertEqual("200", through(method, path), path)
        neighbour = self.part("postgres")
        for method, path in (("GET", "/secrets"), ("POST", "/swarm/leave?force=1"), ("POST", f"/v1.41/containers/{neighbour}/exec"), ("POST", "/build"),
                             ("POST", f"/containers/{neighbour}/start"), ("GET", "/v1.41/../secrets"), ("GET", "/v1.41/services/../secrets"),
                             ("POST", "/volumes/prune"), ("GET", "/%73ecrets"), ("GET", "/containers/x/export"), ("POST", "/images/load")):
            self.assertEqual("403", through(method, path), path)
        refused = [line for line in self.docker("logs", self.part("socket-proxy")).splitlines() if "refused" in line]
        self.assertEqual(11, len(refused), f"Troupe itself was refused something: {refused}")

    def test_09_a_database_that_is_newer_is_refused_before_anything_is_touched(self):
        before = self.parts_of()
        self.sql("INSERT INTO schema_migrations (version, name, checksum) VALUES (999, 'V999__future', 'x')")
        try:
            told = self.deploy("upgrade", check=False)
        finally:
            self.sql("DELETE FROM schema_migrations WHERE version = 999")
        self.assertEqual(1, told.returncode)
        self.assertIn("the database is newer than this program: it has V999__future", told.stderr)
        self.assertIn("Mend: ", told.stderr)
        self.assertEqual(before, self.parts_of())

    def test_09b_where_a_new_version_does_not_become_healthy_the_former_runs_again(self):
        before, tenants = self.docker.inspect("container", self.part("troupe"))["Image"], self.tenants()
        entrypoint = ["sh", "-c", '[ "$1" != serve ] && exec troupe "$@"; exit 1', "troupe"]
        self.docker("build", "-q", "-t", "troupe:broken", "-", stdin=f'FROM troupe:later\nENTRYPOINT {json.dumps(entrypoint)}\nCMD ["serve"]\n')
        visitors = self.visitors()
        told = self.deploy("upgrade", image="troupe:broken", binary=None, check=False)
        self.assertEqual(1, told.returncode)
        self.assertIn("the new version did not become healthy: the former one runs again", told.stderr)
        self.assertEqual(before, self.docker.inspect("container", self.part("troupe"))["Image"])
        self.assertEqual("ok", self.ok("GET", "/health")["status"])
        self.leave(visitors)
        self.assertEqual(tenants, self.tenants())

    def test_10_tenants_pages_answer_while_troupe_and_postgresql_are_stopped(self):
        visitors = self.visitors()
        self.docker("stop", self.part("troupe"), self.part("postgres"))
        time.sleep(SECONDS_DOWN)  # what is shown is that nothing happens meanwhile
        self.deploy("upgrade", image="troupe:later", binary=None)
        print(f"{SECONDS_DOWN} s and more without Troupe and PostgreSQL: {self.leave(visitors)} requests answered, none failed", flush=True)

    def test_11_a_backup_brings_everything_back_on_an_empty_swarm(self):
        # The backup knows a service "later" whose only release has ended; the next test gives it another one.
        ended = self.deploy_page(self.environment, "later", 1, 8084)
        self.runs(ended)
        self.ok("DELETE", f"/deployments/{ended}")
        house.eventually(lambda: self.ok("GET", f"/deployments/{ended}")["deployment"]["status"] == "REMOVED", f"{ended} is removed", 60, every=0.5)
        type(self).saved = self.parts / "saved.tar.gz"
        with self.passes_for("postgres"):
            self.deploy("backup", output=self.saved)
        volumes = self.tenants()[1]
        self.assertEqual(1, len(volumes))
        self.wipe()
        damaged = bytearray(self.saved.read_bytes())
        damaged[len(damaged) // 2] ^= 1
        (self.parts / "damaged.tar.gz").write_bytes(damaged)
        refused = self.deploy("restore", self.parts / "damaged.tar.gz", check=False)
        self.assertEqual(1, refused.returncode)
        self.assertIn("was damaged", refused.stderr)
        self.assertFalse(self.directory.exists())
        self.directory.mkdir()
        self.write_override()
        self.deploy("restore", self.saved, domain=None, email=None)
        self.answers(8081, "web 1", 120)
        self.answers(8082, "web 1", 120)
        self.assertEqual(volumes, self.tenants()[1])
        self.assertEqual(self.key, (self.directory / "operator.key").read_text().strip())
        self.assertEqual("shop", self.ok("GET", f"/environments/{self.environment}")["environment"]["name"])
        if drives_the_edge():
            house.eventually(lambda: self.visit(SHOP) == "web 1", f"https://{SHOP} answers again", 60, every=0.5)
            self.assertEqual(self.certificates, [self.edge.certificate(name) for name in (PLATFORM, SHOP)])

    @contextlib.contextmanager
    def passes_for(self, part):
        """A container with all the labels of that part, newer than it, as an image may bring them."""
        labels = (f"com.docker.compose.project={INSTANCE}", f"com.docker.compose.service={part}", "com.docker.compose.oneoff=False")
        image = self.docker("inspect", "-f", "{{.Image}}", f"{INSTANCE}-{part}").strip()
        made = self.docker("run", "-d", *(word for label in labels for word in ("--label", label)), "--entrypoint", "sleep", image, "600").strip()
        yield
        self.docker("rm", "-f", made)

    def wipe(self):
        """Another machine, but for the images."""
        self.docker("rm", "-f", *self.docker("ps", "-aq", "--filter", f"label=com.docker.compose.project={INSTANCE}").split())
        self.docker("swarm", "leave", "--force")
        house.eventually(lambda: not self.docker("ps", "-q"), "the Swarm's containers end", 60)
        house.eventually(lambda: self.docker("rm", "-f", *left) is not None if (left := self.docker("ps", "-aq").split()) else True, "containers are gone")
        self.docker("volume", "rm", *self.docker("volume", "ls", "-q").split())
        self.docker("network", "prune", "-f")
        shutil.rmtree(self.directory)

    def test_12_an_old_backup_deletes_nothing_that_is_newer_and_says_what_it_does_not_know(self):
        newer = self.ok("POST", "/environments", {"name": "newer"})["environment"]["id"]
        self.runs(self.deploy_page(newer, "late", 2, 8083))
        self.runs(self.deploy_page(self.environment, "later", 2, 8084))
        visitors = [Prober(lambda port=port: urllib.request.urlopen(f"http://{self.ip}:{port}/", timeout=5).read()) for port in (8083, 8084)]
        self.deploy("restore", self.saved, "--yes")
        self.assertEqual(404, self.call("GET", f"/environments/{newer}")[0])
        self.answers(8081, "web 1")
        doctor = self.deploy("status", check=False).stdout
        # Two listings, and more, since it serves the older rows.
        time.sleep(35)
        self.leave(visitors)
        self.assertIn("unknown objects", doctor)
        self.assertIn(newer, doctor)
        self.assertEqual(["troupe_before_restore"], self.sql("SELECT datname FROM pg_database WHERE datname LIKE '%before%'").splitlines())

    def test_13_uninstalled_with_purge_nothing_is_left(self):
        self.assertEqual(1, self.deploy("uninstall", check=False).returncode)
        self.deploy("uninstall", "--purge", "--yes")
        self.assertFalse(self.directory.exists())
        for listing in (("ps", "-aq"), ("volume", "ls", "-q"), ("network", "ls", "-q", *self.filter()), ("service", "ls", "-q")):
            self.assertEqual("", self.docker(*listing), listing)


if __name__ == "__main__":
    house.main()
