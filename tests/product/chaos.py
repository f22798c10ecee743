"""Clients do all that the API can, while the server, dockerd and PostgreSQL are killed, stopped and frozen and services are
changed by hand. The docker client is the oracle of what is true; the API's answers, lists and timelines are held against it.

TROUPE_CHAOS_SEED: what happens (the moments vary). TROUPE_CHAOS_SECONDS: 150; with TROUPE_LONG=1 an hour.
"""
import collections
import contextlib
import http.client
import json
import os
import pathlib
import random
import tempfile
import threading
import time
import unittest

import house

SEED = os.environ.get("TROUPE_CHAOS_SEED", "1")
SECONDS = int(os.environ.get("TROUPE_CHAOS_SECONDS") or (3600 if house.LONG else 150))
SETTLES_WITHIN = 90
LIE = 5            # seconds that RUNNING ok may last without its containers, outside an outage
AFTER_OUTAGE = 20  # seconds in which what an outage has hidden is found out
FOLLOWS = {  # the diagram's arrows; REMOVED may follow each
    "PENDING": {"PULLING_IMAGE", "CANCELLED", "SUPERSEDED"},
    "PULLING_IMAGE": {"CREATING_VOLUMES", "FAILED", "CANCELLED"},
    "CREATING_VOLUMES": {"STARTING_CONTAINERS", "FAILED", "CANCELLED"},
    "STARTING_CONTAINERS": {"RUNNING", "FAILED", "CANCELLED"},
    "RUNNING": {"STOPPED", "SUPERSEDED", "REMOVING"},
    "STOPPED": {"STARTING_CONTAINERS", "RUNNING", "SUPERSEDED", "REMOVING"},
}
SMALL = {"resources": {"cpus": 0.2, "memoryMb": 32}}


def web(n):
    return {"image": f"{house.REGISTRY}/web:{n}", **SMALL}


SERVICES = {  # name -> what each release of it has
    "plain": {},
    "checked": {"healthCheck": {"http": {"port": 8080}, "intervalSeconds": 1, "retries": 2}},
    "kept": {"volumes": [{"name": "data", "mountPath": "/data"}]},
}


class Outages:
    """When something was away, or had just been."""

    def __init__(self):
        self.spans, self.lock = [], threading.Lock()

    @contextlib.contextmanager
    def one(self, what):
        span = [time.monotonic(), float("inf"), what]
        with self.lock:
            self.spans.append(span)
        try:
            yield
        finally:
            span[1] = time.monotonic()

    def excuse(self, begin, end):
        return any(a <= end and begin <= b + AFTER_OUTAGE for a, b, _ in self.spans)


class Client:
    """Asks for one thing after the other, each until it is answered; remembers what was acknowledged."""

    def __init__(self, own, environment, seed):
        self.house, self.environment, self.chance = own, environment, random.Random(seed)
        self.acknowledged, self.answers, self.known = {}, collections.Counter(), []
        self.work = house.Background(self.go_on)

    def insist(self, method, path, body, key):
        end, answer = time.monotonic() + 120, None
        while time.monotonic() < end:
            with contextlib.suppress(OSError, http.client.HTTPException):
                answer = self.house.call(method, path, body, headers={"Idempotency-Key": key} if key else {}, timeout=30)
                if answer.status < 500 and not (answer.status == 409 and b"is under way" in answer.body):
                    return answer
                assert answer.status in (409, 503, 504), answer  # 500: a fault of the server's
            time.sleep(0.2)
        raise AssertionError(f"{method} {path}: no answer within 120 s; the last: {answer}")

    def go_on(self, stopped):
        number = 0
        while not stopped.is_set():
            number += 1
            name, method, path, body = self.next_step()
            if path == "/deployments" and self.queue(body["name"]) >= (1 if "volumes" in body else 2):
                stopped.wait(0.5)  # what queues could not come to rest in time
                continue
            key = f"{self.environment}-{number}"
            answer = self.insist(method, path, body, key if method != "GET" else None)
            self.answers[f"{name} {answer.status}"] += 1
            assert answer.status in (200, 202, 204, 404, 409), (name, answer)
            if answer.status == 202 and "deploymentId" in answer.json:
                id = answer.json["deploymentId"]
                again = self.insist(method, path, body, key)
                assert (again.status, again.json["deploymentId"]) == (202, id), (answer, again)
                self.acknowledged[id] = name
                self.known.append(id)
            stopped.wait(self.chance.uniform(0.2, 2.5))

    def queue(self, service):
        """How many releases of it have not settled."""
        with contextlib.suppress(OSError, http.client.HTTPException):
            answer = self.house.call("GET", f"/deployments/environment/{self.environment}?limit=50", timeout=20)
            if answer.status == 200:
                return sum(d["name"] == service and not d["settled"] for d in answer.json["deployments"])
        return 0

    def next_step(self):
        step = self.chance.choices(["release", "dies", "sick", "missing", "scale", "stop", "start", "restart", "rollback", "cancel", "delete"],
                                   [6, 2, 1, 1, 4, 2, 3, 3, 2, 2, 1])[0]
        if len(self.known) < 3:
            step = "release"
        if step in ("release", "dies", "sick", "missing"):
            service = self.chance.choice(list(SERVICES))
            body = {"environmentId": self.environment, "name": service, **web(self.chance.choice([1, 2])), **SERVICES[service],
                    "envVars": {"N": str(self.chance.random())}}
            if step == "dies":
                body["command"] = ["sh", "-c", f"sleep {self.chance.choice([0, 0.5, 1])}; exit 3"]
            if step == "sick":
                body["healthCheck"] = {"command": ["false"], "intervalSeconds": 1, "retries": 1}
            if step == "missing":
                body["image"] = f"{house.REGISTRY}/nowhere:1"
            return step, "POST", "/deployments", body
        id = self.chance.choice(self.known[-6:])
        if step == "delete":
            return step, "DELETE", f"/deployments/{id}", None
        body = {"replicas": self.chance.choice([1, 1, 2, 3])} if step == "scale" else None
        return step, "POST", f"/deployments/{id}/{step}", body


class Chaos(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        house.needs_engine()
        house.need("TROUPE_TEST_ENGINE_DIR")
        cls.directory = pathlib.Path(tempfile.mkdtemp(prefix="troupe-chaos-"))
        cls.directory.chmod(0o755)
        cls.addClassCleanup(lambda: (house.run(house.ROOT / "persistence/private-postgres", "remove", cls.directory / "postgres"), cls.directory.rmdir()))
        cls.url = house.run(house.ROOT / "persistence/private-postgres", "start", cls.directory / "postgres")

    # ---- what goes wrong

    def postgres(self, verb):
        house.run(house.ROOT / "persistence/private-postgres", verb, self.directory / "postgres")

    @staticmethod
    def engine(verb):
        house.as_root(house.ROOT / "docker/private-engine", verb, house.ENGINE_DIR)

    def outage(self, what, begin, end, length):
        with self.outages.one(what):
            begin()
            time.sleep(length)
            end()

    def kill_server(self, chance):
        with self.outages.one("server killed"):
            self.own.kill()
            time.sleep(chance.choice([0, 0, 1, 3]))
            self.own.start(within=60)

    def by_hand(self, chance):
        docker = self.own.docker
        names = docker("service", "ls", "--filter", docker.own, "--format", "{{.Name}}", check=False).stdout.split()
        if not names:
            return
        name = chance.choice(sorted(names))
        with self.outages.one(f"{name} by hand"):
            what = chance.choice(["scale", "env", "rm", "container"])
            self.edited.add(name)
            if what == "scale":
                docker("service", "scale", "--detach", f"{name}={chance.choice([0, 2])}", check=False)
            elif what == "env":
                docker("service", "update", "--detach", "--env-add", f"BY_HAND={time.time()}", name, check=False)
            elif what == "rm":
                docker("service", "rm", name, check=False)
            else:
                found = docker.list("container", "status=running")
                if found:
                    docker("rm", "-f", chance.choice(sorted(found)), check=False)

    def go_wrong(self):
        """On the thread of the test: a server dies with the thread that started it."""
        chance = random.Random(f"{SEED}-faults")
        faults = [
            ("kill the server", self.kill_server, 5),
            ("kill dockerd", lambda c: self.outage("dockerd killed", lambda: self.engine("kill-daemon"), lambda: self.engine("start-daemon"), c.uniform(0, 4)), 1),
            ("freeze dockerd", lambda c: self.outage("dockerd frozen", lambda: self.engine("freeze"), lambda: self.engine("thaw"), c.uniform(1, 6)), 2),
            ("kill PostgreSQL", lambda c: self.outage("PostgreSQL killed", lambda: self.postgres("kill"), lambda: self.postgres("start"), c.uniform(0, 4)), 2),
            ("stop PostgreSQL", lambda c: self.outage("PostgreSQL stopped", lambda: self.postgres("stop"), lambda: self.postgres("start"), c.uniform(0, 4)), 1),
            ("freeze PostgreSQL", lambda c: self.outage("PostgreSQL frozen", lambda: self.postgres("freeze"), lambda: self.postgres("thaw"), c.uniform(1, 6)), 2),
            ("by hand", self.by_hand, 5),
        ]
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            for client in self.clients:
                if client.work.error:
                    raise client.work.error
            time.sleep(chance.uniform(3, 9))
            name, act, _ = chance.choices(faults, [weight for *_, weight in faults])[0]
            self.faults[name] += 1
            act(chance)

    # ---- what is seen

    def containers(self):
        """Running ones, as Docker has them: by release, how many."""
        listed = self.own.docker("ps", "--no-trunc", "--filter", self.own.docker.own, "--format", '{{.Label "com.troupe.deployment"}}', check=False, timeout=20)
        if listed.returncode != 0:
            return None
        return collections.Counter(filter(None, listed.stdout.split()))

    def listed(self):
        found = []
        for environment in self.environments:
            answer = self.own.call("GET", f"/deployments/environment/{environment}?limit=200", timeout=20)
            if answer.status != 200:
                return None
            found += answer.json["deployments"]
        return found

    def watch(self, stopped):
        """A lie is one that was seen at each look for longer than LIE, with Docker asked before and after."""
        since = {}
        while not stopped.wait(0.4):
            try:
                before, deployments, after = self.containers(), self.listed(), self.containers()
            except (OSError, http.client.HTTPException, ValueError):
                before = None
            now = time.monotonic()
            if before is None or deployments is None or after is None:
                since.clear()
                continue
            self.looks += 1
            for d in deployments:
                id = d["id"]
                up = max(before[id], after[id])
                if d["status"] != "RUNNING" or d["health"] != "ok" or up >= d["replicas"]:
                    since.pop(id, None)
                    continue
                began = since.setdefault(id, now)
                if now - began > LIE and not self.outages.excuse(began, now):
                    self.lies.append(f"{id} ({d['name']}) RUNNING ok with {up} of {d['replicas']} containers for {now - began:.1f} s")
                    since.pop(id)

    # ---- what must be so in the end

    def not_at_rest(self):
        up, deployments = self.containers(), self.listed()
        if up is None or deployments is None:
            return "Docker or the API does not answer"
        wrong = []
        for d in deployments:
            wanted = d["replicas"] if d["status"] == "RUNNING" else 0
            if not d["settled"] or (d["status"] == "RUNNING" and d["health"] != "ok" and "crash loop" not in d["healthReason"]):
                wrong.append(f"{d['id']} {d['name']} is {d['status']} {d['health']} {d['healthReason']}, settled: {d['settled']}")
            elif up.pop(d["id"], 0) != wanted:
                wrong.append(f"{d['id']} {d['name']} is {d['status']} and has not {wanted} containers")
        return "; ".join(wrong + [f"{n} containers of {id}, which is not listed" for id, n in up.items()])

    def timelines(self):
        lines = 0
        for client in self.clients:
            for id, kind in client.acknowledged.items():
                events = self.own.events(id)
                lines += len(events)
                self.assertEqual("PENDING", events[0]["status"], events)
                for one, next in zip(events, events[1:]):
                    a, b = one["status"], next["status"]
                    self.assertTrue(a == b or b == "REMOVED" or b in FOLLOWS.get(a, ()), f"{id}: {a} -> {b}: {events}")
                    self.assertLess(one["id"], next["id"])
                    self.assertTrue(a != b or next["detail"], f"{id}: a line that tells nothing: {events}")
                d = self.own.deployment(id)
                self.assertEqual(events[-1]["status"], d["status"], (events, d))
                if d["status"] == "FAILED":
                    self.assertIn(d["error"]["message"], events[-1]["detail"], "the cause stands in the last line")
                service = f"{d['environmentId'].split('_')[1]}-{d['name']}"
                if service not in self.edited and not self.faults["kill dockerd"]:
                    told = [e for e in events if "put right" in e["detail"] or "made again" in e["detail"]]
                    self.assertFalse(told, f"{id}: nobody has changed {service} by hand")
        return lines

    def test_whatever_happens_what_is_told_is_true(self):
        self.outages, self.lies, self.looks, self.edited, self.faults = Outages(), [], 0, set(), collections.Counter()
        print(f"seed {SEED}", flush=True)
        with house.House(house.ENGINE, database=self.url, STABILITY_WINDOW="2s", ENGINE_TIMEOUT="3s", DATABASE_TIMEOUT="2s", START_TIMEOUT="30s") as own:
            self.own = own
            own.wait_at_the_door()
            own.start()
            try:
                self.environments = [own.make_environment() for _ in range(2)]
                self.clients = [Client(own, e, f"{SEED}-{n}") for n, e in enumerate(self.environments)]
                watch = house.Background(self.watch)
                self.go_wrong()
                for client in self.clients:
                    client.work.finish(150)
                began = time.monotonic()
                self.rest()
                rest = time.monotonic() - began
                watch.finish()
                self.assertFalse(self.lies, "\n".join(self.lies))
                lines = self.timelines()
                known = {id for client in self.clients for id in client.acknowledged}
                self.assertEqual(set(), {d["id"] for d in self.listed()} - known, "no release that nobody was told of")
                for environment in self.environments:
                    own.delete_environment(environment, within=120)
                house.eventually(lambda: not own.docker.left_over(), "nothing is left in Docker", 30)
            except BaseException:
                print(f"seed {SEED}; the server's exit code: {own.process and own.process.poll()}; faults: {dict(self.faults)}", flush=True)
                for a, b, what in self.outages.spans:
                    print(f"  {what}: {b - a:.1f} s, ended {time.monotonic() - b:.0f} s ago")
                for repair in (lambda: self.engine("thaw"), lambda: self.engine("start-daemon"), lambda: self.postgres("thaw"), lambda: self.postgres("start")):
                    with contextlib.suppress(Exception):
                        repair()
                raise
        answers = sum((client.answers for client in self.clients), collections.Counter())
        print(f"seed {SEED}: {sum(answers.values())} answers, {len(known)} releases, {lines} lines of timelines, {self.looks} looks, 0 lies; at rest "
              f"{rest:.0f} s after the last fault; faults: {json.dumps(self.faults)}; answers: {json.dumps(dict(sorted(answers.items())))}")

    def rest(self):
        end = time.monotonic() + SETTLES_WITHIN
        while why := self.not_at_rest():
            self.assertLess(time.monotonic(), end, f"not at rest {SETTLES_WITHIN} s after the last fault: {why}")
            time.sleep(1)


if __name__ == "__main__":
    house.main()
