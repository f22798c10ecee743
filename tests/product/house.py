"""One Troupe under test: a database, ports, a state directory and an instance label of its own, driven from outside.

What ./test gives is in TROUPE_TEST_*; a test that needs a missing part is skipped, which main() tells by exit code 77.
"""
import collections
import contextlib
import ctypes
import http.client
import json
import os
import pathlib
import random
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("TROUPE_TEST_BINARY", "")
DATABASE = os.environ.get("TROUPE_TEST_DATABASE_URL", "")
ENGINE = os.environ.get("TROUPE_TEST_DOCKER_HOST", "")
ENGINE_DIR = os.environ.get("TROUPE_TEST_ENGINE_DIR", "")
HOST_IP = os.environ.get("TROUPE_TEST_HOST_IP", "")
REGISTRY = os.environ.get("TROUPE_TEST_REGISTRY", "")
DENIED_REGISTRY = os.environ.get("TROUPE_TEST_DENIED_REGISTRY", "")
LONG = os.environ.get("TROUPE_LONG") == "1"
ALL_SCOPES = ("ENVIRONMENTS_READ", "ENVIRONMENTS_WRITE", "DEPLOYMENTS_READ", "DEPLOYMENTS_WRITE", "LOGS_READ", "KEYS_WRITE")
SETTLED = ("RUNNING", "STOPPED", "SUCCEEDED", "FAILED", "CANCELLED", "SUPERSEDED", "REMOVED")
SIMULATED = "simulated:"


def need(*names):
    missing = [name for name in names if not os.environ.get(name)]
    if missing:
        raise unittest.SkipTest(" and ".join(missing) + " not set")


def needs_database():
    need("TROUPE_TEST_BINARY", "TROUPE_TEST_DATABASE_URL")


def needs_engine():
    needs_database()
    need("TROUPE_TEST_DOCKER_HOST", "TROUPE_TEST_HOST_IP", "TROUPE_TEST_REGISTRY")


def engine_log():
    """What may say why the Engine failed a test: how it ended, if it did, and its last lines."""
    path = pathlib.Path(ENGINE_DIR, "log")
    if not ENGINE_DIR or not path.exists():
        return ""
    lines = [line for line in path.read_text(errors="replace").splitlines() if "NetworkDB stats" not in line]
    ends = [f"{n}: {line}" for n, line in enumerate(lines) if line.startswith(("panic:", "fatal error:", "goroutine 1 ", "private-engine:"))]
    return "\n".join(["---- the Engine's log: its ends ----", *ends[-10:], "---- its last lines ----", *(line[:400] for line in lines[-40:])])


def main():
    result = unittest.main(module="__main__", exit=False, verbosity=2, argv=sys.argv).result
    if not result.wasSuccessful():
        print(engine_log(), file=sys.stderr)
    for test, reason in result.skipped:
        print(f"Skipped: {test}: {reason}")
    sys.exit(1 if not result.wasSuccessful() or not (result.testsRun or result.skipped) else 77 if result.skipped else 0)


def run(*command, check=True, env=None, timeout=120, stdin=None):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, env=env, timeout=timeout, input=stdin)
    if check and done.returncode != 0:
        raise RuntimeError(f"{command}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout.strip() if check else done


def as_root(*command, **options):
    return run(*([] if os.geteuid() == 0 else ["sudo", "-n"]), *command, **options)


def eventually(condition, what, within=60, every=0.05):
    """The first true value of condition(); fails with `what` once the time is up."""
    end = time.monotonic() + within
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= end:
            raise AssertionError(f"{what}: not within {within} s (last: {value!r})")
        time.sleep(every)


def free_ports(count):
    """Below the ephemeral range, so that no outgoing connection takes one while the server is down."""
    found = []
    while len(found) < count:
        port = random.SystemRandom().randrange(20000, 32000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            if port not in found:
                found.append(port)
    return found


class Answer(collections.namedtuple("Answer", "status headers body seconds")):
    @property
    def json(self):
        return json.loads(self.body)

    @property
    def problem(self):
        assert self.headers["Content-Type"] == "application/problem+json", (self.status, self.headers["Content-Type"], self.body[:300])
        return self.json

    def __repr__(self):
        return f"<{self.status} {self.body[:600]!r}>"


def http_call(port, method, path, body=None, headers=None, timeout=90, host="127.0.0.1"):
    """`body`: bytes as they are, anything else as JSON."""
    headers = dict(headers or {})
    if body is not None and not isinstance(body, bytes):
        body = json.dumps(body).encode()
        headers.setdefault("Content-Type", "application/json")
    connection = http.client.HTTPConnection(host, port, timeout=timeout)
    began = time.monotonic()
    try:
        connection.request(method, path, body=body, headers=headers)
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read(), time.monotonic() - began)
    finally:
        connection.close()


class Docker:
    """The docker client as witness: it sees what no API of ours could gloss over."""

    def __init__(self, host, instance):
        self.host, self.instance = host, instance
        self.own = f"label=com.troupe.instance={instance}"

    def __call__(self, *arguments, **options):
        return run("docker", "-H", self.host, *arguments, **options)

    def inspect(self, kind, name):
        return json.loads(self(kind, "inspect", name))[0]

    def containers(self, *filters):
        """As inspected. One that is removed meanwhile is none."""
        ids = self.list("container", *filters)
        return json.loads(self("container", "inspect", *ids, check=False).stdout) if ids else []

    def list(self, kind, *filters):
        arguments = {"container": ["ps", "-aq", "--no-trunc"], "service": ["service", "ls", "-q"],
                     "network": ["network", "ls", "-q"], "volume": ["volume", "ls", "-q"]}[kind]
        for one in (self.own, *filters):
            arguments += ["--filter", one]
        return self(*arguments).split()

    def left_over(self):
        return {kind: found for kind in ("service", "container", "network", "volume") if (found := self.list(kind))}

    def sweep(self):
        """Removes what bears our label; tells what there was."""
        found = self.left_over()
        if not found:
            return found
        if "service" in found:
            self("service", "rm", *found["service"], check=False)

        def gone():
            left = self.left_over()
            if "container" in left:
                self("rm", "-f", *left["container"], check=False)
            for kind in ("network", "volume"):
                if kind in left:
                    self(kind, "rm", *left[kind], check=False)
            return not left
        eventually(gone, "sweeping what a test left in Docker", within=60, every=0.3)
        return found


class House:
    """Use as a context manager. What it made in Docker and in PostgreSQL is gone afterwards, whatever happened."""

    def __init__(self, engine=SIMULATED, database=DATABASE, **settings):
        self.engine, self.server_url = engine, database
        self.name = "troupe_product_" + secrets.token_hex(5)
        self.instance = self.name.replace("_", "-")[:32]
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="troupe-product-"))
        self.directory.chmod(0o755)
        parts = urllib.parse.urlsplit(database)
        self.url = f"{parts.scheme}://{parts.netloc}/{self.name}" + (f"?{parts.query}" if parts.query else "")
        self.port, self.internal_port, self.admin_port = free_ports(3)
        self.settings = {
            "PORT": self.port, "INTERNAL_PORT": self.internal_port, "ADMIN_ADDRESS": f"127.0.0.1:{self.admin_port}",
            "DATABASE_URL": self.url, "DOCKER_HOST": engine, "INSTANCE": self.instance, "STATE_DIR": self.directory / "state",
            "LOG_LEVEL": "debug", "DEPLOYMENTS_PER_MINUTE": 1000000, "PLANS_PER_MINUTE": 1000000, "STABILITY_WINDOW": "1s", "CRASH_PATIENCE": "0s", "SHUTDOWN_GRACE": "10s",
            "PRIVATE_REGISTRIES": ",".join(filter(None, (REGISTRY, DENIED_REGISTRY))), **settings}
        self.process = None
        self.key = ""
        self.docker = None if engine == SIMULATED else Docker(engine, self.instance)

    def __enter__(self):
        try:
            self.sql(f'CREATE DATABASE "{self.name}"', url=self.server_url)
            self.troupe("migrate")
            self.key = self.make_key("tester")
            return self
        except BaseException:
            self.__exit__(*sys.exc_info())
            raise

    def __exit__(self, kind, error, trace):
        ended = self.process.poll() if self.process else None
        try:
            self.kill()
            if self.docker:
                self.docker.sweep()
            self.drop_database()
        finally:
            died = ended not in (None, -signal.SIGKILL)
            if died or kind not in (None, unittest.SkipTest):
                print(f"---- the end of {self.name}'s log ----\n{self.log()[-6000:]}", file=sys.stderr)
            if keep := os.environ.get("TROUPE_TEST_KEEP_LOGS"):
                with contextlib.suppress(OSError):
                    shutil.copy(self.directory / "log", f"{keep}/{self.name}.log")
            shutil.rmtree(self.directory, ignore_errors=True)
        if died and not kind:
            raise AssertionError(f"the server ended by itself: {ended}")

    def drop_database(self):
        """Again where autovacuum is at work in it, which only a superuser may end."""
        for attempt in range(20):
            try:
                return self.sql(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)', url=self.server_url)
            except RuntimeError as error:
                if "pg_signal_backend" not in str(error) and "being accessed" not in str(error) or attempt == 19:
                    raise
                time.sleep(0.5)

    # ---- the process

    def environment(self, **more):
        base = {k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "LANG", "TMPDIR", "ASAN_OPTIONS", "UBSAN_OPTIONS")}
        return {**base, **{k: str(v) for k, v in {**self.settings, **more}.items()}}

    def launch(self, **more):
        """Starts `troupe serve`; does not wait."""
        with open(self.directory / "log", "ab") as log:
            self.process = subprocess.Popen([BINARY, "serve"], env=self.environment(**more), stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, start_new_session=True, preexec_fn=die_with_parent)
        return self.process

    def start(self, within=90, **more):
        self.launch(**more)
        self.wait_until_healthy(within)
        return self

    def wait_until_healthy(self, within=90):
        def healthy():
            assert self.process.poll() is None, f"troupe ended with {self.process.returncode} at its start:\n{self.log()[-3000:]}"
            with contextlib.suppress(OSError, http.client.HTTPException):
                return self.call("GET", "/health", key=None).status == 200
        eventually(healthy, "the server becomes healthy", within)

    def wait_until_answering_with(self, status, path, within=90):
        def answers():
            assert self.running(), f"the server ended:\n{self.log()[-3000:]}"
            with contextlib.suppress(OSError, http.client.HTTPException):
                return self.call("GET", path, key=None).status == status
        eventually(answers, f"{path} answers {status}", within)

    def wait_until_answering(self, within=90):
        """It answers, or has died at a failpoint before it could."""
        def answers():
            with contextlib.suppress(OSError, http.client.HTTPException):
                return not self.running() or self.call("GET", "/health", key=None).status == 200
        eventually(answers, "the server answers", within)

    def running(self):
        return self.process is not None and self.process.poll() is None

    def kill(self):
        """kill -9. The door must not outlive the server: its port is free before this returns."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process = None
        eventually(lambda: port_free(self.port), "nginx ends with its server", within=10)

    def terminate(self, within=20):
        """SIGTERM; the exit code."""
        self.process.terminate()
        code = self.process.wait(within)
        self.process = None
        return code

    def log(self):
        with contextlib.suppress(FileNotFoundError):
            return (self.directory / "log").read_text(errors="replace")
        return ""

    def troupe(self, *arguments, check=True, **more):
        return run(BINARY, *arguments, env=self.environment(**more), check=check)

    def make_key(self, name, scopes=ALL_SCOPES, user="operator"):
        return self.troupe("key", "create", "--name", name, "--scopes", ",".join(scopes), "--user", user).splitlines()[-1]

    def sql(self, statement, url=None):
        return run("psql", "-X", "-q", "-t", "-A", "-v", "ON_ERROR_STOP=1", "-d", url or self.url, "-c", statement,
                   env={**os.environ, "PGCONNECT_TIMEOUT": "10", "PGOPTIONS": "-c client_min_messages=warning"})

    # ---- the API

    def call(self, method, path, body=None, *, key="own", headers=None, port=None, timeout=90):
        headers = dict(headers or {})
        if key:
            headers["X-API-Key"] = self.key if key == "own" else key
        return http_call(port or self.port, method, path, body, headers, timeout)

    def wait_at_the_door(self):
        """From now on: so many calls in a row are more than it lets an address make, and what it held back is asked again."""
        call = self.call
        self.call = lambda *a, **o: eventually(lambda: (answer := call(*a, **o)).status != 429 and answer, "the door lets it pass", 30, 0.2)

    def ok(self, method, path, body=None, **options):
        answer = self.call(method, path, body, **options)
        assert answer.status < 300, f"{method} {path}: {answer}"
        return answer.json

    def call_one_that_may_die(self, method, path, body=None, **options):
        """The answer, or None: the connection ended, or the door, which outlives the server for a moment, says that none is there."""
        with contextlib.suppress(OSError, http.client.HTTPException):
            answer = self.call(method, path, body, **options)
            return answer if answer.status not in (502, 503, 504) else None

    def make_environment(self, name=None, **options):
        return self.ok("POST", "/environments", {"name": name or "e-" + secrets.token_hex(4)}, **options)["environment"]["id"]

    def deploy(self, environment, image, **body):
        return self.ok("POST", "/deployments", {"environmentId": environment, "image": image, **body})

    def deployment(self, id):
        return self.ok("GET", f"/deployments/{id}")["deployment"]

    def settle(self, accepted, within=90):
        """The deployment once its status has settled."""
        path = f"/deployments/job/{accepted['jobId']}?wait=10s"
        return eventually(lambda: (d := self.ok("GET", path)["deployment"])["status"] in SETTLED and d, f"{accepted} settles", within)

    def reaches(self, id, status, within=60):
        return eventually(lambda: (d := self.deployment(id))["status"] == status and d, f"{id} becomes {status}", within)

    def run_release(self, environment, image, **body):
        """Deploys and insists on RUNNING."""
        deployment = self.settle(self.deploy(environment, image, **body))
        assert deployment["status"] == "RUNNING", deployment
        return deployment

    def events(self, id):
        return self.ok("GET", f"/deployments/{id}/events")["events"]

    def delete_environment(self, id, within=90, key="own"):
        self.ok("DELETE", f"/environments/{id}", key=key)
        eventually(lambda: self.call("GET", f"/environments/{id}", key=key).status == 404, f"{id} is gone", within)


def die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def port_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            return True
        except OSError:
            return False


class Background(threading.Thread):
    """Runs work(stopped) beside the test; join() passes on what it raised."""

    def __init__(self, work):
        super().__init__(daemon=True)
        self.work, self.stopped, self.error = work, threading.Event(), None
        self.start()

    def run(self):
        try:
            self.work(self.stopped)
        except BaseException as error:  # noqa: passed on by finish()
            self.error = error

    def finish(self, timeout=120):
        self.stopped.set()
        self.join(timeout)
        assert not self.is_alive(), "the work beside the test does not end"
        if self.error:
            raise self.error
