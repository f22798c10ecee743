"""PostgreSQL and the Engine stopped, killed and frozen under load: nothing acknowledged is lost, all goes on by itself, and
/health tells the truth in time. An outage lasts 5 s, or 20 s with TROUPE_LONG=1."""
import contextlib
import http.client
import pathlib
import tempfile
import time
import unittest

import house

LENGTH = 20 if house.LONG else 5
HEALTH_ANSWER = 1.0   # the longest that /health may take
HEALTH_NOTICES = 3.0  # the state it tells is at most a second old, and finding out takes up to another
RECOVERY = 45


class Load:
    """Deploys one service after the other; remembers what was acknowledged, and how calls were refused."""

    def __init__(self, own, environment, image, every):
        self.house, self.environment, self.image, self.every = own, environment, image, every
        self.acknowledged, self.refused, self.unanswered = {}, [], []
        self.work = house.Background(self.go_on)

    def go_on(self, stopped):
        number = 0
        while not stopped.is_set():
            number += 1
            body = {"environmentId": self.environment, "image": self.image, "name": f"s{number}"}
            with contextlib.suppress(OSError, http.client.HTTPException):
                self.try_once(body, f"load-{number}")
            stopped.wait(self.every)

    def try_once(self, body, key):
        self.unanswered.append(body["name"])
        answer = self.house.call("POST", "/deployments", body, headers={"Idempotency-Key": key}, timeout=70)
        self.unanswered.remove(body["name"])
        if answer.status == 202:
            self.acknowledged[body["name"]] = answer.json
        else:
            self.refused.append(answer)


class Pulse:
    """Asks /health all the time."""

    def __init__(self, own):
        self.house, self.beats = own, []
        self.work = house.Background(self.go_on)

    def go_on(self, stopped):
        while not stopped.is_set():
            began = time.monotonic()
            answer = self.house.call("GET", "/health", timeout=30)
            self.beats.append((began, answer.seconds, answer.status, answer.json))
            stopped.wait(0.05)

    def first(self, status, since):
        """Seconds from `since` to the first answer of this status that was asked for after it."""
        return next((began + took - since for began, took, got, _ in self.beats if began >= since and got == status), None)


class Outage(unittest.TestCase):
    def suffer(self, own, image, every, part, begin, end, most_in_flight=None):
        """Under load: begin(), LENGTH seconds, end(); then everything acknowledged gets RUNNING."""
        environment = own.make_environment()
        own.run_release(environment, image, name="before")
        pulse, load = Pulse(own), Load(own, environment, image, every)
        house.eventually(lambda: len(load.acknowledged) >= 2, "the load is under way")
        broken = time.monotonic()
        begin()
        begun = time.monotonic()
        time.sleep(LENGTH)
        ending = time.monotonic()
        end()
        mended = time.monotonic()
        house.eventually(lambda: pulse.first(200, mended) is not None, "/health says ok again", within=RECOVERY)
        acknowledged = len(load.acknowledged)
        house.eventually(lambda: len(load.acknowledged) >= acknowledged + 2, "deployments are accepted again", within=RECOVERY)
        load.work.finish()
        for name, accepted in load.acknowledged.items():
            deployment = own.settle(accepted, within=RECOVERY)
            self.assertEqual("RUNNING", deployment["status"], f"{name}: {deployment}")
        self.assertTrue(own.running())
        pulse.work.finish()

        told = [beat for beat in pulse.beats if begun + HEALTH_NOTICES <= beat[0] and beat[0] + beat[1] <= ending]
        self.assertTrue(told)
        for _, _, status, body in told:
            self.assertEqual((503, "degraded", "down"), (status, body["status"], body["checks"][part]["status"]), body)
        for began, took, status, _ in pulse.beats:
            self.assertLessEqual(took, HEALTH_ANSWER, f"/health took {took:.2f} s, {began - broken:.2f} s after the outage began ({status})")
        for answer in load.refused:
            self.assertEqual(503, answer.status, answer)
            self.assertTrue(answer.headers["Retry-After"], answer)
            self.assertNotRegex(answer.body.decode(), "socket|libpq|SELECT|INSERT|postgres")
        # What was refused or never answered may exist (in doubt), but is settled like the rest.
        for deployment in own.ok("GET", f"/deployments/environment/{environment}?limit=200")["deployments"]:
            self.assertEqual("RUNNING", own.reaches(deployment["id"], "RUNNING", RECOVERY)["status"])
        slowest = max(took for _, took, _, _ in pulse.beats)
        print(f"{part}: {len(load.acknowledged)} acknowledged, {len(load.refused)} refused, {len(load.unanswered)} unanswered; /health: degraded after "
              f"{pulse.first(503, broken):.2f} s, ok again after {pulse.first(200, mended):.2f} s, slowest answer {slowest:.2f} s, {len(pulse.beats)} answers")
        own.delete_environment(environment)


class PostgresOutage(Outage):
    @classmethod
    def setUpClass(cls):
        house.needs_database()
        cls.script = house.ROOT / "persistence/private-postgres"
        cls.directory = pathlib.Path(tempfile.mkdtemp(prefix="troupe-outage-"))
        cls.directory.chmod(0o755)
        cls.cluster = cls.directory / "postgres"
        cls.addClassCleanup(lambda: (house.run(cls.script, "remove", cls.cluster), cls.directory.rmdir()))
        cls.url = house.run(cls.script, "start", cls.cluster)

    def suffer_database(self, begin, end):
        with house.House(database=self.url, STABILITY_WINDOW="0s", DATABASE_TIMEOUT="2s") as own:
            own.start()
            self.suffer(own, "registry.example/web:1", 0.1, "database", lambda: house.run(self.script, begin, self.cluster),
                        lambda: house.run(self.script, end, self.cluster))

    def test_postgresql_is_stopped_and_started_again(self):
        self.suffer_database("stop", "start")

    def test_postgresql_is_killed_and_started_again(self):
        self.suffer_database("kill", "start")

    def test_postgresql_freezes_and_thaws(self):
        self.suffer_database("freeze", "thaw")

    def test_a_server_that_starts_before_postgresql_says_so_and_serves_once_it_is_there(self):
        with house.House(database=self.url) as own:
            house.run(self.script, "stop", self.cluster)
            try:
                own.launch()
                own.wait_until_answering_with(503, "/health")
                refused = own.call("GET", "/environments")
                self.assertEqual(503, refused.status)
                self.assertIn("PostgreSQL", refused.problem["detail"])
                self.assertTrue(refused.headers["Retry-After"])
            finally:
                house.run(self.script, "start", self.cluster)
            own.wait_until_healthy()
            own.make_environment()


class EngineOutage(Outage):
    @classmethod
    def setUpClass(cls):
        house.needs_engine()
        house.need("TROUPE_TEST_ENGINE_DIR")

    @staticmethod
    def engine(verb):
        house.as_root(house.ROOT / "docker/private-engine", verb, house.ENGINE_DIR)

    def suffer_engine(self, begin, end):
        with house.House(house.ENGINE, STABILITY_WINDOW="0s", ENGINE_TIMEOUT="3s") as own:
            own.start()
            try:
                self.suffer(own, f"{house.REGISTRY}/web:1", 1.0, "engine", lambda: self.engine(begin), lambda: self.engine(end))
            except BaseException:
                self.engine("start-daemon")  # whatever happened: the Engine is shared
                raise
            self.assertEqual({}, own.docker.left_over())

    def test_dockerd_is_killed_and_started_again(self):
        self.suffer_engine("kill-daemon", "start-daemon")

    def test_releases_that_are_starting_while_dockerd_restarts_run_in_the_end(self):
        """Their tasks end, some are rejected while the networks are not there yet: none of it is the releases' doing."""
        with house.House(house.ENGINE, STABILITY_WINDOW="1s", ENGINE_TIMEOUT="3s") as own:
            own.start()
            environment = own.make_environment()
            slow = {"command": ["sh", "-c", "sleep 6; exec httpd -f -p 8080 -h /www"], "replicas": 3, "resources": {"cpus": 0.1, "memoryMb": 32},
                    "healthCheck": {"http": {"port": 8080}, "intervalSeconds": 1, "startPeriodSeconds": 60}}
            accepted = [own.deploy(environment, f"{house.REGISTRY}/web:1", name=f"slow{n}", **slow) for n in range(6)]

            def starting():
                return all(own.deployment(one["deploymentId"])["status"] == "STARTING_CONTAINERS" for one in accepted) and \
                    len(own.docker.list("container", "status=running")) >= 9
            house.eventually(starting, "half of the containers are there", within=60)
            self.engine("restart-daemon")
            for one in accepted:
                deployment = own.settle(one, within=180)
                self.assertEqual("RUNNING", deployment["status"], deployment)
            own.delete_environment(environment)
            self.assertEqual({}, own.docker.left_over())

    def test_a_restart_of_dockerd_in_good_order_is_no_end_of_theirs(self):
        """As by an update of its package: it stops the containers, and Swarm leaves ended those under "on-failure" that obey with exit code 0."""
        with house.House(house.ENGINE, STABILITY_WINDOW="1s", ENGINE_TIMEOUT="3s") as own:
            own.start()
            environment = own.make_environment()

            def deploy(name, seconds):
                command = f"trap 'exit 0' TERM; sleep {seconds} & wait; httpd -f -p 8080 -h /www & wait"
                return own.deploy(environment, f"{house.REGISTRY}/web:1", name=name, command=["sh", "-c", command], restartPolicy={"condition": "on-failure"},
                                  healthCheck={"http": {"port": 8080}, "intervalSeconds": 1, "startPeriodSeconds": 60})
            running = deploy("running", 0)
            own.reaches(running["deploymentId"], "RUNNING")
            starting = deploy("starting", 10)
            house.eventually(lambda: len(own.docker.list("container", "status=running")) == 2, "both have a container")
            self.engine("restart-daemon-in-order")
            for one in (running, starting):
                deployment = own.settle(one, within=180)
                self.assertEqual("RUNNING", deployment["status"], deployment)
                house.eventually(lambda: own.deployment(one["deploymentId"])["health"] == "ok", f"{one} is well again", 90)
            house.eventually(lambda: len(own.docker.list("container", "status=running")) == 2, "both run")
            own.delete_environment(environment)
            self.assertEqual({}, own.docker.left_over())

    def test_dockerd_freezes_and_thaws(self):
        self.suffer_engine("freeze", "thaw")

    def test_an_environment_refused_meanwhile_is_made_under_the_same_key_afterwards(self):
        with house.House(house.ENGINE, ENGINE_TIMEOUT="3s") as own:
            own.start()

            def ask():
                return own.call("POST", "/environments", {"name": "later"}, headers={"Idempotency-Key": "later-1"})
            self.engine("kill-daemon")
            try:
                self.assertEqual(503, ask().status)
            finally:
                self.engine("start-daemon")
            made = house.eventually(lambda: (answer := ask()).status == 201 and answer, "the environment is made", within=RECOVERY)
            environment = made.json["environment"]["id"]
            self.assertEqual(environment, ask().json["environment"]["id"], "the first answer again")
            own.delete_environment(environment)
            self.assertEqual({}, own.docker.left_over())


if __name__ == "__main__":
    house.main()
