"""Clients do all that the API can, while the server, dockerd and PostgreSQL are killed, stopped and frozen and services are
changed by hand. The docker client is the oracle of what is true; the API's answers, lists and timelines are held against it.
Faults come in bursts with calm between them, so that in each run there is time in which nothing excuses a lie.

TROUPE_CHAOS_SEED: what happens (the moments vary). TROUPE_CHAOS_SECONDS: 150; with TROUPE_LONG=1 an hour.
"""
import collections
import contextlib
import dataclasses
import datetime
import http.client
import json
import os
import pathlib
import random
import subprocess
import tempfile
import time
import unittest

import house

SEED = os.environ.get("TROUPE_CHAOS_SEED", "1")
SECONDS = int(os.environ.get("TROUPE_CHAOS_SECONDS") or (3600 if house.LONG else 150))
SETTLES_WITHIN = 90
LIE = 5                  # seconds that RUNNING ok may last without its containers, where nothing excuses it
JUDGED = SECONDS / 10    # seconds in which a lie would have been called one, at least
EXCUSES = {  # kind of fault -> how many seconds after its end what it did may still be unnoticed; and told as put right (None: never)
    "server killed": (5, None),      # at its start it looks at each environment, or goes on to the next after 5 s (docs/decisions.md)
    "PostgreSQL away": (7, None),    # what could not be saved is tried again every 5 s, and has DATABASE_TIMEOUT
    "dockerd frozen": (15, None),    # a listing every 15 s finds what the events missed (docs/architecture.md)
    "dockerd killed": (15, 15),      # likewise; and Docker itself ends the containers, says so late, and starts others
    "service by hand": (0, 30),      # Docker's events tell of it at once; a writer of a volume has its grace before it is made anew
    "container by hand": (0, None),  # likewise, and Swarm puts it right, not Troupe
}
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


def name_in_docker(deployment):
    return f"{deployment['environmentId'].split('_')[1]}-{deployment['name']}"


@dataclasses.dataclass
class Fault:
    kind: str
    service: str | None  # as Docker calls it; None: it is everyone's
    began: float
    ended: float = float("inf")


class Faults:
    """What was done when, and to what; and what that excuses."""

    def __init__(self, *known):
        self.all = list(known)

    @contextlib.contextmanager
    def one(self, kind, service=None):
        fault = Fault(kind, service, time.time())
        self.all.append(fault)
        try:
            yield
        finally:
            fault.ended = time.time()

    def excused_until(self, service, now):
        return max((f.ended + EXCUSES[f.kind][0] for f in self.all if f.began <= now and f.service in (None, service)), default=0)

    def explain(self, service, at):
        """Whether a timeline may tell at that time that the service was put right. Time in which a part is away does not count."""
        def until(fault):
            end = fault.ended + EXCUSES[fault.kind][1]
            for other in sorted((f for f in self.all if f.service is None and f.ended > fault.ended), key=lambda f: f.began):
                if other.began < end:
                    end += other.ended - max(other.began, fault.ended)
            return end
        return any(f.began <= at <= until(f) for f in self.all if f.service in (None, service) and EXCUSES[f.kind][1] is not None)

    def false_lines(self, service, events):
        return [e for e in events if ("put right" in e["detail"] or "made again" in e["detail"])
                and not all(self.explain(service, datetime.datetime.fromisoformat(e[time]).timestamp()) for time in ("firstTime", "time"))]


class LieDetector:
    """A lie is RUNNING ok without its containers at each look for longer than LIE, without an excuse: what lasts longer than its excuse is one."""

    def __init__(self, faults):
        self.faults, self.lies, self.looks, self.judged, self.seconds, self.longest = faults, [], 0, 0, 0.0, 0.0
        self.blind()

    def blind(self):
        """Docker or the API did not answer: nothing is known of the time between the looks before and after."""
        self.last, self.told, self.lacking = None, {}, {}

    def look(self, now, deployments, up):
        """`up`: how many containers Docker has of each release."""
        self.looks += 1
        running = {d["id"]: d for d in deployments if d["status"] == "RUNNING" and d["health"] == "ok"}
        lacking = {id: d for id, d in running.items() if up[id] < d["replicas"]}
        self.told = {id: self.told.get(id, now) for id in running}
        self.lacking = {id: self.lacking.get(id, now) for id in lacking}

        def unexcused(id, since):
            return now - max(since[id], self.faults.excused_until(name_in_docker(running[id]), now))
        if any(unexcused(id, self.told) > LIE for id in running):
            self.judged += 1
            self.seconds += now - self.last
        self.last = now
        for id, d in lacking.items():
            self.longest = max(self.longest, unexcused(id, self.lacking))
            if unexcused(id, self.lacking) > LIE:
                at = datetime.datetime.fromtimestamp(now, datetime.timezone.utc).isoformat()
                self.lies.append(f"{at}: {id} ({name_in_docker(d)}) RUNNING ok with {up[id]} of {d['replicas']} containers for {now - self.lacking.pop(id):.1f} s")


STEPS = {  # what clients ask for, and how often
    "release": 6, "dies": 2, "sick": 1, "missing": 1, "patch": 2, "application": 2, "job": 2, "volume": 1, "environment": 1,
    "scale": 4, "stop": 2, "start": 3, "restart": 3, "rollback": 2, "cancel": 2, "delete": 1,
}


class Client:
    """Asks for one thing after the other, each until it is answered; remembers what was acknowledged."""

    def __init__(self, own, environment, seed):
        self.house, self.environment, self.chance = own, environment, random.Random(seed)
        self.acknowledged, self.operations, self.gone, self.answers, self.known = set(), [], [], collections.Counter(), []
        self.number = 0
        self.work = house.Background(self.go_on)

    def insist(self, method, path, body, key):
        end, answer = time.monotonic() + 120, None
        while time.monotonic() < end:
            with contextlib.suppress(OSError, http.client.HTTPException):
                answer = self.house.call(method, path, body, headers={"Idempotency-Key": key}, timeout=30)
                if answer.status < 500 and not (answer.status == 409 and b"is under way" in answer.body and b"Idempotency" in answer.body):
                    return answer
                assert answer.status in (409, 503, 504), answer  # 500: a fault of the server's
            time.sleep(0.2)
        raise AssertionError(f"{method} {path}: no answer within 120 s; the last: {answer}")

    def ask(self, step, method, path, body=None):
        """The answer; what was accepted is asked for a second time, and must be the same."""
        self.number += 1
        key = f"{self.environment}-{self.number}"
        answer = self.insist(method, path, body, key)
        self.answers[f"{step} {answer.status}"] += 1
        assert answer.status in (200, 201, 202, 204, 404, 409), (step, answer)
        if answer.status in (201, 202):
            again = self.insist(method, path, body, key)
            first, second = ((one.status, one.json.get("deploymentId"), one.json["operation"]["id"]) for one in (answer, again))
            assert first == second, (answer, again)
        return answer

    def go_on(self, stopped):
        while not stopped.is_set():
            step = self.chance.choices(list(STEPS), list(STEPS.values()))[0] if len(self.known) > 2 else "release"
            if step == "environment":
                self.come_and_go(stopped)
            else:
                method, path, body = self.next_step(step)
                service = (body or {}).get("name") or ("front" if step == "application" else path.partition(".")[2] if step == "patch" else None)
                if service and self.queue(service) >= (1 if service in ("kept", "task", "front") else 2):
                    stopped.wait(0.5)  # what queues could not come to rest in time
                    continue
                answer = self.ask(step, method, path, body)
                if answer.status == 202 and step == "application":
                    self.operations.append(answer.json["operation"]["id"])
                elif answer.status == 202:
                    self.known.append(answer.json["deploymentId"])
                    self.acknowledged.add(self.known[-1])
            stopped.wait(self.chance.uniform(0.2, 2.5))

    def come_and_go(self, stopped):
        """An environment with a release in it, which is gone at whatever point it is."""
        made = self.ask("environment", "POST", "/environments", {"name": f"{self.environment[4:16]}-{self.number}".lower().replace("_", "-")})
        if made.status == 201:
            self.gone.append(made.json["environment"]["id"])
            self.ask("release in it", "POST", "/deployments", {"environmentId": self.gone[-1], "name": "short", **web(1)})
            stopped.wait(self.chance.uniform(0, 5))
            assert self.ask("delete it", "DELETE", f"/environments/{self.gone[-1]}").status in (200, 202, 204)

    def queue(self, service):
        """How many releases of it have not settled."""
        with contextlib.suppress(OSError, http.client.HTTPException):
            answer = self.house.call("GET", f"/deployments/environment/{self.environment}?limit=50", timeout=20)
            if answer.status == 200:
                return sum(d["name"] == service and not d["settled"] for d in answer.json["deployments"])
        return 0

    def next_step(self, step):
        here, variables = f"/environments/{self.environment}", {"N": str(self.chance.random())}
        if step in ("release", "dies", "sick", "missing"):
            service = self.chance.choice(list(SERVICES))
            body = {"environmentId": self.environment, "name": service, **web(self.chance.choice([1, 2])), **SERVICES[service], "envVars": variables}
            if step == "dies":
                body["command"] = ["sh", "-c", f"sleep {self.chance.choice([0, 0.5, 1])}; exit 3"]
            if step == "sick":
                body["healthCheck"] = {"command": ["false"], "intervalSeconds": 1, "retries": 1}
            if step == "missing":
                body["image"] = f"{house.REGISTRY}/nowhere:1"
            return "POST", "/deployments", body
        if step == "job":
            script = f"sleep {self.chance.choice([0, 1, 4])}; exit {self.chance.choice([0, 0, 3])}"
            return "POST", "/deployments", {"environmentId": self.environment, "name": "task", "kind": "job", "backoffLimit": 1, **web(1),
                                            "command": ["sh", "-c", script], "volumes": [{"name": "spare", "mountPath": "/spare"}]}
        if step == "volume":  # the job's, which nobody uses once it has ended
            return "DELETE", f"{here}/volumes/spare?confirm=spare", None
        if step == "patch":
            return "PATCH", f"/services/{self.environment}.{self.chance.choice(list(SERVICES))}", {"envVars": variables}
        if step == "application":  # one service that releases change, too, and one that waits for it
            service = {"image": f"{house.REGISTRY}/web:{self.chance.choice([1, 2])}", "mem_limit": "32m", "cpus": 0.2, "environment": variables}
            front = {**service, "depends_on": ["plain"], **self.chance.choice([{}, {}, {"command": ["false"]}])}
            return "PUT", f"{here}/application", {"compose": json.dumps({"services": {"plain": service, "front": front}})}
        id = self.chance.choice(self.known[-6:])
        if step == "delete":
            return "DELETE", f"/deployments/{id}", None
        return "POST", f"/deployments/{id}/{step}", {"replicas": self.chance.choice([1, 1, 2, 3])} if step == "scale" else None


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

    def outage(self, kind, begin, end, length):
        with self.faults.one(kind):
            begin()
            time.sleep(length)
            end()

    def by_hand(self, chance):
        docker = self.own.docker
        what = chance.choice(["scale", "env", "rm", "container"])
        if what == "container":
            found = docker("ps", "--filter", docker.own, "--format", '{{.ID}} {{.Label "com.docker.swarm.service.name"}}', check=False).stdout.splitlines()
        else:
            found = docker("service", "ls", "--filter", docker.own, "--format", "{{.ID}} {{.Name}}", check=False).stdout.splitlines()
        if not found:
            return
        id, name = chance.choice(sorted(found, key=lambda line: line.split()[1])).split()
        command = {"scale": ("service", "scale", "--detach", f"{id}={chance.choice([0, 2])}"), "rm": ("service", "rm", id), "container": ("rm", "-f", id),
                   "env": ("service", "update", "--detach", "--env-add", f"BY_HAND={time.time()}", id)}[what]
        with self.faults.one("container by hand" if what == "container" else "service by hand", name):
            docker(*command, check=False)

    def calm(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for client in self.clients:
                if client.work.error:
                    raise client.work.error
            time.sleep(0.5)

    def go_wrong(self):
        """On the thread of the test: a server dies with the thread that started it."""
        chance = random.Random(f"{SEED}-faults")

        def engine(kind, begin, end, *lengths):
            return lambda: self.outage(kind, lambda: self.engine(begin), lambda: self.engine(end), chance.uniform(*lengths))

        def postgres(begin, end, *lengths):
            return lambda: self.outage("PostgreSQL away", lambda: self.postgres(begin), lambda: self.postgres(end), chance.uniform(*lengths))
        faults = {  # name -> what it does, how often
            "kill the server": (lambda: self.outage("server killed", self.own.kill, lambda: self.own.start(within=60), chance.choice([0, 0, 1, 3])), 5),
            "kill dockerd": (engine("dockerd killed", "kill-daemon", "start-daemon", 0, 4), 1),
            "freeze dockerd": (engine("dockerd frozen", "freeze", "thaw", 1, 6), 2),
            "kill PostgreSQL": (postgres("kill", "start", 0, 4), 2),
            "stop PostgreSQL": (postgres("stop", "start", 0, 4), 1),
            "freeze PostgreSQL": (postgres("freeze", "thaw", 1, 6), 2),
            "by hand": (lambda: self.by_hand(chance), 5),
        }
        end, burst = time.monotonic() + SECONDS, 0
        while time.monotonic() < end:
            burst = burst or chance.randint(4, 6)
            name = chance.choices(list(faults), [weight for _, weight in faults.values()])[0]
            self.done[name] += 1
            faults[name][0]()
            burst -= 1
            self.calm(chance.uniform(1, 5) if burst else chance.uniform(25, 30))

    # ---- what is seen

    def containers(self):
        """Running ones, as Docker has them: by release, how many."""
        listed = self.own.docker("ps", "--no-trunc", "--filter", self.own.docker.own, "--format", '{{.Label "com.troupe.deployment"}}', check=False, timeout=20)
        if listed.returncode != 0:
            return None
        return collections.Counter(filter(None, listed.stdout.split()))

    def listed(self, only=""):
        found = []
        for environment in self.environments:
            cursor = ""
            while cursor is not None:
                answer = self.own.call("GET", f"/deployments/environment/{environment}?limit=200{only}{cursor and '&cursor='}{cursor}", timeout=20)
                if answer.status != 200:
                    return None
                found += answer.json["deployments"]
                cursor = answer.json["nextCursor"]
        return found

    def watch(self, stopped):
        """With Docker asked before and after the API."""
        while not stopped.wait(0.4):
            try:
                before, deployments, after = self.containers(), self.listed("&status=RUNNING"), self.containers()
            except (OSError, http.client.HTTPException, ValueError, subprocess.TimeoutExpired):
                before = deployments = after = None
            if before is None or deployments is None or after is None:
                self.detector.blind()
            else:
                self.detector.look(time.time(), deployments, before | after)

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

    def timelines(self, ids):
        lines = 0
        for id in ids:
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
            self.false += [f"{id} ({name_in_docker(d)}): {line} of {events}" for line in self.faults.false_lines(name_in_docker(d), events)]
        self.assertFalse(self.false, "nobody had changed it by hand:\n" + "\n".join(self.false))
        return lines

    def test_whatever_happens_what_is_told_is_true(self):
        self.faults, self.done, self.false = Faults(), collections.Counter(), []
        self.detector = detector = LieDetector(self.faults)
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
                self.assertFalse(detector.lies, "\n".join(detector.lies))
                self.assertGreater(detector.seconds, JUDGED, f"too little was looked at without an excuse: {detector.judged} of {detector.looks} looks")
                known = {id for client in self.clients for id in client.acknowledged} | self.of_applications()
                lines = self.timelines(known)
                self.assertEqual(set(), {d["id"] for d in self.listed()} - known, "no release that nobody was told of")
                for environment in self.environments:
                    own.delete_environment(environment, within=120)
                for environment in (id for client in self.clients for id in client.gone):
                    house.eventually(lambda: own.call("GET", f"/environments/{environment}").status == 404, f"{environment} is gone", 30)
                house.eventually(lambda: not own.docker.left_over(), "nothing is left in Docker", 30)
            except BaseException:
                print(f"seed {SEED}; the server's exit code: {own.process and own.process.poll()}; faults: {dict(self.done)}", flush=True)
                for f in self.faults.all:
                    print(f"  {datetime.datetime.fromtimestamp(f.began, datetime.timezone.utc):%T.%f} {f.kind} {f.service or ''}: {f.ended - f.began:.1f} s")
                print("\n".join(detector.lies), flush=True)
                for repair in (lambda: self.engine("thaw"), lambda: self.engine("start-daemon"), lambda: self.postgres("thaw"), lambda: self.postgres("start")):
                    with contextlib.suppress(Exception):
                        repair()
                raise
        answers = sum((client.answers for client in self.clients), collections.Counter())
        print(f"seed {SEED}: {sum(answers.values())} answers, {len(known)} releases, {lines} lines of timelines; {detector.looks} looks, of which {detector.judged} "
              f"in {detector.seconds:.0f} s without any excuse, and 0 lies (the longest that might have become one: {detector.longest:.1f} s); at rest "
              f"{rest:.0f} s after the last fault; faults: {json.dumps(self.done)}; answers: {json.dumps(dict(sorted(answers.items())))}")

    def of_applications(self):
        """The releases of the applications that were accepted, each of which has come to its end."""
        over = [self.own.ok("GET", f"/operations/{id}")["operation"] for client in self.clients for id in client.operations]
        self.assertLessEqual({o["status"] for o in over}, {"SUCCEEDED", "FAILED", "ROLLED_BACK", "CANCELLED"}, over)
        return {step["deploymentId"] for o in over for step in o["steps"]}

    def rest(self):
        end = time.monotonic() + SETTLES_WITHIN
        while why := self.not_at_rest():
            self.assertLess(time.monotonic(), end, f"not at rest {SETTLES_WITHIN} s after the last fault: {why}")
            time.sleep(1)


class TheOracleItself(unittest.TestCase):
    """What cannot fail proves nothing: planted lies are called lies where nothing excuses them, and only there."""

    def lies(self, *faults, service="a", until=60, up=0):
        """RUNNING ok of a service of which Docker has `up` containers of 1, looked at each second from 0 on, 1000 s after the epoch."""
        detector = LieDetector(Faults(*faults))
        for second in range(until):
            detector.look(1000 + second, [{"id": "d", "environmentId": "env_e", "name": service, "status": "RUNNING", "health": "ok", "replicas": 1}],
                          collections.Counter(d=up))
        return detector

    def test_a_lie_is_caught_where_nothing_excuses_it(self):
        self.assertEqual(1, len(self.lies(until=8).lies))
        self.assertEqual([], self.lies(until=LIE + 1).lies, "what lasts no longer than it may")
        self.assertEqual([], self.lies(up=1).lies)

    def test_an_excuse_is_of_its_object_and_ends(self):
        for kind, (unnoticed, _) in EXCUSES.items():
            with self.subTest(kind):
                fault = Fault(kind, "e-a" if "by hand" in kind else None, 1000, 1020)
                over = 20 + unnoticed + LIE
                self.assertEqual([], self.lies(fault, until=over + 1).lies)
                self.assertEqual(1, len(self.lies(fault, until=over + 2).lies), "it outlasts its excuse")
                self.assertEqual(1 if fault.service else 0, len(self.lies(fault, service="b", until=8).lies), "another service")
        self.assertTrue(self.lies(Fault("dockerd killed", None, 1030)).lies, "before the fault")
        self.assertEqual([], self.lies(Fault("dockerd killed", None, 1000)).lies, "still away")

    def test_only_time_in_which_a_lie_would_be_caught_counts_as_judged(self):
        self.assertEqual(60 - 1 - LIE, self.lies(up=1).seconds)
        self.assertEqual(0, self.lies(Fault("dockerd frozen", None, 1000, 1040), up=1, until=60).seconds)
        detector = self.lies(up=1, until=20)
        before = detector.seconds
        detector.blind()
        detector.look(1100, [{"id": "d", "environmentId": "env_e", "name": "a", "status": "RUNNING", "health": "ok", "replicas": 1}], collections.Counter(d=0))
        self.assertEqual((before, []), (detector.seconds, detector.lies), "nothing was seen meanwhile")

    def test_a_line_is_false_where_nobody_has_changed_that_service_then(self):
        def false(at, *faults, service="e-a"):
            time = datetime.datetime.fromtimestamp(at, datetime.timezone.utc).isoformat()
            return bool(Faults(*faults).false_lines(service, [{"detail": "the service was missing and was made again", "time": time, "firstTime": time}]))
        hand, kill = Fault("service by hand", "e-a", 1000, 1001), Fault("dockerd killed", None, 1000, 1005)
        self.assertTrue(false(1010))
        self.assertEqual([True, False, False, True], [false(at, hand) for at in (999, 1001, 1030, 1032)])
        self.assertTrue(false(1010, hand, service="e-b"))
        self.assertFalse(false(1040, hand, Fault("PostgreSQL away", None, 1010, 1022)), "nothing is put right while a part is away")
        self.assertEqual([True, False, True], [false(at, kill) for at in (999, 1020, 1021)])
        self.assertTrue(false(1010, Fault("container by hand", "e-a", 1009, 1010)), "Swarm puts that right")
        self.assertTrue(false(1010, Fault("server killed", None, 1009, 1010)))


if __name__ == "__main__":
    house.main()
