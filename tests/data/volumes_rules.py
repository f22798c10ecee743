"""Who may write to a volume, on a real Swarm: one container, unless all who mount it say that they share it. And what
an image declares as data stays, whether or not the caller has named it."""
import unittest

import house
import programs
import witness


class VolumesRules(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        house.needs_engine()
        cls.own = cls.enterClassContext(house.House(house.ENGINE))
        cls.own.start()
        cls.web = f"{house.REGISTRY}/web:1"

    def setUp(self):
        self.environment = self.own.make_environment()

    def ask(self, name, *volumes, **body):
        body = {"environmentId": self.environment, "image": self.web, "name": name, "volumes": volumes, **body}
        return self.own.call("POST", "/deployments", body)

    def runs(self, name, *volumes, **body):
        answer = self.ask(name, *volumes, **body)
        self.assertEqual(202, answer.status, answer)
        deployment = self.own.settle(answer.json)
        self.assertEqual("RUNNING", deployment["status"], deployment)
        return deployment

    def containers(self, name):
        environment = f"label=com.troupe.environment={self.environment}"
        return self.own.docker.list("container", environment, f"label=com.troupe.service={name}", "status=running")

    def inside(self, name, *command, **options):
        return self.own.docker("exec", self.containers(name)[0], *command, **options)

    def test_a_volume_that_another_service_writes_to_is_refused_and_the_answer_names_the_way(self):
        self.runs("first", {"name": "data", "mountPath": "/data"})
        for other in ({}, {"shared": True}):
            answer = self.ask("second", {"name": "data", "mountPath": "/other", **other})
            self.assertEqual(409, answer.status, answer)
            self.assertIn("shared", answer.body.decode())
            self.assertIn("first", answer.body.decode())
        self.assertEqual([], self.own.docker.list("service", "label=com.troupe.service=second"))
        self.runs("first", {"name": "data", "mountPath": "/data"}, envVars={"ANOTHER": "release"})

    def test_who_waits_for_a_container_of_somebody_elses_says_so_and_goes_on_when_it_is_gone(self):
        data = {"name": "data", "mountPath": "/data"}
        first = self.runs("one", data)
        stranger = self.own.docker("run", "-d", "-v", f"{programs.volume(self.environment)}:/d", self.web)
        self.addCleanup(self.own.docker, "rm", "-f", stranger, check=False)
        second = self.ask("one", data, envVars={"ANOTHER": "release"}).json["deploymentId"]
        house.eventually(lambda: any("not Troupe's" in e["detail"] for e in self.own.events(second)), "the timeline says whom it waits for", 60)
        self.assertEqual([], self.containers("one"))
        replaced = self.own.deployment(first["id"])
        self.assertEqual(("RUNNING", "degraded"), (replaced["status"], replaced["health"]), replaced)
        self.own.docker("rm", "-f", stranger)
        self.own.reaches(second, "RUNNING")

    def test_stopped_means_that_no_container_runs_although_swarm_has_forgotten_its_task(self):
        # It takes two seconds to end; a restart and a stop at once make Swarm forget it meanwhile.
        slow = ["sh", "-c", "trap 'sleep 2; exit' TERM; while :; do sleep 0.1; done"]
        one = self.runs("slow", {"name": "data", "mountPath": "/data"}, command=slow)
        for verb in ("restart", "stop"):
            self.own.ok("POST", f"/deployments/{one['id']}/{verb}")
        self.own.reaches(one["id"], "STOPPED")
        self.assertEqual([], self.containers("slow"))

    def test_those_who_say_that_they_share_a_volume_all_write_to_it(self):
        house.need("TROUPE_TEST_ENGINE_DIR")
        shared = {"name": "data", "mountPath": "/data", "shared": True}
        with witness.Watcher(house.ENGINE_DIR, programs.volume(self.environment)) as watcher:
            self.runs("one", shared, replicas=2)
            self.runs("two", shared)
            self.assertEqual((2, 1), (len(self.containers("one")), len(self.containers("two"))))
            # Which also shows that the watcher of the other tests sees two where there are two.
            report = watcher.report()
            self.assertGreater(report["crowded"], 0)
            self.assertTrue(witness.crowds(report)[0]["who"])
        self.inside("one", "sh", "-c", "echo one >/data/one")
        self.inside("two", "sh", "-c", "echo two >/data/two")
        self.assertEqual("one two", self.inside("two", "sh", "-c", "cat /data/one /data/two | xargs echo"))

    def test_who_only_reads_needs_nobodys_leave(self):
        self.runs("writer", {"name": "data", "mountPath": "/data"})
        self.inside("writer", "sh", "-c", "echo kept >/data/file")
        self.runs("reader", {"name": "data", "mountPath": "/data", "readOnly": True}, replicas=2)
        self.assertEqual("kept", self.inside("reader", "cat", "/data/file"))
        self.assertNotEqual(0, self.inside("reader", "sh", "-c", "echo more >/data/file", check=False).returncode)

    def test_a_second_replica_beside_a_volume_is_refused(self):
        mount = {"name": "data", "mountPath": "/data"}
        answer = self.ask("many", {"name": "more", "mountPath": "/more", "readOnly": True}, mount, replicas=2)
        self.assertEqual(400, answer.status, answer)
        self.assertEqual(["/volumes/1"], [error["pointer"] for error in answer.problem["errors"]], answer)
        deployment = self.runs("many", mount)
        answer = self.own.call("POST", f"/deployments/{deployment['id']}/scale", {"replicas": 2})
        self.assertIn(answer.status, (400, 409), answer)
        self.assertIn("shared", answer.body.decode())
        self.assertEqual(1, len(self.containers("many")))
        self.own.ok("POST", f"/deployments/{deployment['id']}/scale", {"replicas": 1})

    def test_what_the_image_declares_as_data_stays_over_a_release(self):
        image = programs.SQLITE.image(house.ENGINE)
        first = self.runs("declared", image=image)
        self.assertRegex(" ".join(first["warnings"]), "/data")
        self.inside("declared", "sh", "-c", "echo kept >/data/file")
        self.runs("declared", image=image, envVars={"ANOTHER": "release"})
        self.assertEqual("kept", self.inside("declared", "cat", "/data/file"))

    def test_what_the_caller_calls_ephemeral_does_not_stay(self):
        image = programs.SQLITE.image(house.ENGINE)
        self.runs("passing", {"mountPath": "/data", "ephemeral": True}, image=image)
        self.inside("passing", "sh", "-c", "echo gone >/data/file")
        self.runs("passing", {"mountPath": "/data", "ephemeral": True}, image=image, envVars={"ANOTHER": "release"})
        self.assertNotEqual(0, self.inside("passing", "cat", "/data/file", check=False).returncode)
        bare = self.environment.removeprefix("env_")
        self.assertEqual("", self.own.docker("volume", "ls", "-q", "--filter", f"name=troupe-{bare}-"))

    def test_the_environment_takes_all_its_volumes_along(self):
        self.runs("named", {"name": "data", "mountPath": "/data"})
        self.runs("declared", image=programs.SQLITE.image(house.ENGINE))
        mine = f"label=com.troupe.environment={self.environment}"
        self.assertGreaterEqual(len(self.own.docker.list("volume", mine)), 2)
        self.own.delete_environment(self.environment)
        self.assertEqual([], self.own.docker.list("volume", mine))


if __name__ == "__main__":
    house.main()
