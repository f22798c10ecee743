"""A server that is stopped and started: what was in flight goes on, what was changed by hand is put right and told."""
import time
import unittest

import house


class Restart(unittest.TestCase):
    def one(self, **settings):
        house.needs_database()
        return self.enterContext(house.House(**settings))

    def test_sigterm_ends_within_the_grace_and_what_was_in_flight_goes_on_at_the_next_start(self):
        own = self.one(SHUTDOWN_GRACE="5s").start()
        environment = own.make_environment()
        accepted = [own.deploy(environment, "registry.example/web:1", name=f"s{i}") for i in range(8)]
        began = time.monotonic()
        self.assertEqual(0, own.terminate(within=6))
        self.assertLess(time.monotonic() - began, 5.5)
        self.assertTrue(house.port_free(own.port), "the door has ended too")
        own.start()
        for each in accepted:
            self.assertEqual("RUNNING", own.settle(each)["status"])

    def test_sigterm_answers_a_waiting_call_or_closes_it_but_never_loses_an_acknowledged_deployment(self):
        own = self.one(SHUTDOWN_GRACE="5s", STABILITY_WINDOW="2s").start()
        environment = own.make_environment()
        accepted = own.deploy(environment, "registry.example/web:1")
        answers = []

        def wait(_):
            try:
                answers.append(own.call("GET", f"/deployments/job/{accepted['jobId']}?wait=60s").status)
            except OSError as error:
                answers.append(error)
        waiting = house.Background(wait)
        house.eventually(lambda: own.deployment(accepted["deploymentId"])["status"] == "STARTING_CONTAINERS", "it is in flight")
        began = time.monotonic()
        self.assertEqual(0, own.terminate(within=8))
        self.assertLess(time.monotonic() - began, 5.5)
        waiting.finish()
        self.assertIn(answers[0] if isinstance(answers[0], int) else "closed", (200, 503, 502, "closed"))
        own.start()
        self.assertEqual("RUNNING", own.settle(accepted)["status"])

    def test_a_second_server_on_the_same_database_refuses_to_start(self):
        own = self.one().start()
        ports = house.free_ports(3)
        second = own.troupe("serve", check=False, PORT=ports[0], INTERNAL_PORT=ports[1], ADMIN_ADDRESS=f"127.0.0.1:{ports[2]}",
                            STATE_DIR=own.directory / "second", DATABASE_TIMEOUT="1s")
        self.assertNotEqual(0, second.returncode)
        self.assertRegex(second.stdout + second.stderr, "another|already|cannot serve this database")
        self.assertEqual(200, own.call("GET", "/health", key=None).status)

    def test_wrong_settings_stop_the_start_with_every_violation(self):
        own = self.one()
        refused = own.troupe("serve", check=False, PORT="0", STABILITY_WINDOW="soon", DATABASE_URL="postgresql://u:hunter2@h:x/d")
        self.assertEqual(78, refused.returncode)
        for name in ("PORT", "STABILITY_WINDOW", "DATABASE_URL"):
            self.assertIn(name, refused.stderr)
        self.assertNotIn("hunter2", refused.stdout + refused.stderr)


class Drift(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        house.needs_engine()
        cls.house = cls.enterClassContext(house.House(house.ENGINE))
        cls.house.start()
        cls.docker = cls.house.docker

    def setUp(self):
        self.environment = self.house.make_environment()
        self.release = self.house.run_release(self.environment, f"{house.REGISTRY}/web", tag="1", name="api", replicas=2, envVars={"A": "b"},
                                              volumes=[{"name": "kept", "mountPath": "/data", "shared": True}])
        self.service = self.environment.split("_")[1] + "-api"

    def tearDown(self):
        self.house.delete_environment(self.environment)

    def running(self):
        return self.docker.containers(f"label=com.troupe.deployment={self.release['id']}", "status=running")

    def repaired(self, good, sentence):
        house.eventually(good, "the drift is repaired", within=60, every=0.3)
        events = lambda: [e["detail"] for e in self.house.events(self.release["id"])]
        house.eventually(lambda: any(sentence in detail for detail in events()), f"the timeline tells \"{sentence}\"", within=30)
        house.eventually(lambda: (d := self.house.deployment(self.release["id"]))["status"] == "RUNNING" and d["health"] == "ok", "healthy again")

    def spec(self):
        return self.docker.inspect("service", self.service)["Spec"]

    def test_a_service_removed_by_hand_is_made_again(self):
        self.docker("service", "rm", self.service)
        self.repaired(lambda: len(self.running()) == 2, "the service was missing and was made again")

    def test_a_service_scaled_by_hand_is_scaled_back(self):
        self.docker("service", "scale", "-d", f"{self.service}=4")
        self.repaired(lambda: self.spec()["Mode"]["Replicated"]["Replicas"] == 2 and len(self.running()) == 2, "was put right")

    def test_a_service_whose_configuration_was_changed_by_hand_is_put_right(self):
        self.docker("service", "update", "-d", "--env-add", "A=changed", "--cap-add", "CAP_NET_RAW", self.service)

        def good():
            running = self.running()
            return len(running) == 2 and all("A=b" in c["Config"]["Env"] and "CAP_NET_RAW" not in c["HostConfig"]["CapAdd"] for c in running)
        self.repaired(good, "was put right")

    def test_a_probe_that_a_crash_left_behind_is_swept(self):
        image = f"{house.REGISTRY}/web:1"
        self.docker("pull", "-q", image)
        self.docker("create", "--label", f"com.troupe.instance={self.house.instance}", "--label", "com.troupe.probe=1", image)
        foreign = self.docker("create", "--label", "com.troupe.instance=another", "--label", "com.troupe.probe=1", image)
        self.addCleanup(self.docker, "rm", foreign)
        house.eventually(lambda: not self.docker.list("container", "label=com.troupe.probe=1"), "the probe is swept", within=120, every=0.5)

    def test_a_killed_container_comes_back(self):
        before = {c["Id"] for c in self.running()}
        self.docker("kill", next(iter(before)))
        house.eventually(lambda: len(now := {c["Id"] for c in self.running()}) == 2 and now != before, "two containers run", within=60)
        house.eventually(lambda: self.house.deployment(self.release["id"])["health"] == "ok", "healthy again")

    def test_a_restart_that_swarm_pauses_goes_on(self):
        # Whoever finds the mark takes it and dies: one of the new containers, which makes Swarm pause the update for good.
        start = "if rm /data/mark 2>/dev/null; then exit 1; fi; exec httpd -f -p 8080 -h /www"
        release = self.house.run_release(self.environment, f"{house.REGISTRY}/web", tag="1", name="flaky", replicas=3, command=["sh", "-c", start],
                                         volumes=[{"name": "marks", "mountPath": "/data", "shared": True}])
        service = self.environment.split("_")[1] + "-flaky"
        running = lambda: set(self.docker.list("container", f"label=com.troupe.deployment={release['id']}", "status=running"))
        before = running()
        self.docker("exec", next(iter(before)), "touch", "/data/mark")
        self.house.ok("POST", f"/deployments/{release['id']}/restart")
        house.eventually(lambda: self.docker.inspect("service", service).get("UpdateStatus", {}).get("State") == "paused", "Swarm pauses", 60)
        house.eventually(lambda: len(running()) == 3 and not running() & before, "all three are new", within=120)
        house.eventually(lambda: self.house.deployment(release["id"])["health"] == "ok", "healthy again", within=60)

    def test_an_empty_swarm_is_rebuilt_from_postgresql(self):
        self.assertEqual(0, self.house.terminate())
        [container, *_] = self.running()
        self.docker("exec", container["Id"], "sh", "-c", "echo precious > /data/file")
        self.docker("service", "rm", self.service)
        own = f"label=com.troupe.environment={self.environment}"
        house.eventually(lambda: not self.docker.list("container", own), "the containers are gone", within=60)
        network = self.docker.list("network", own)
        house.eventually(lambda: self.docker("network", "rm", *network, check=False).returncode == 0 or not self.docker.list("network", own),
                         "the network is gone", within=60, every=0.5)
        self.house.start()
        house.eventually(lambda: len(self.running()) == 2, "two containers run again", within=60)
        house.eventually(lambda: self.house.deployment(self.release["id"])["health"] == "ok", "healthy again")
        self.assertEqual("RUNNING", self.house.deployment(self.release["id"])["status"])
        fresh = self.house.ok("GET", f"/environments/{self.environment}")["environment"]["overlayNetworkId"]
        self.assertEqual(self.docker("network", "ls", "-q", "--no-trunc", "--filter", own), fresh)
        self.assertEqual("precious", self.docker("exec", self.running()[0]["Id"], "cat", "/data/file"))


if __name__ == "__main__":
    house.main()
