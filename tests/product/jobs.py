"""Jobs on a real Swarm: a program runs to its end, as often as it was allowed, one container at a time, through kills of the server."""
import time
import unittest

import house

WORK = [{"name": "work", "mountPath": "/work"}]
# Tells of a container beside it, and of how many there were.
ALONE = "mkdir /work/lock || echo two >> /work/two; echo run >> /work/runs; trap 'rmdir /work/lock' EXIT; "


class Jobs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        house.needs_engine()
        cls.house = cls.enterClassContext(house.House(house.ENGINE))
        cls.house.start()
        cls.docker = cls.house.docker

    def setUp(self):
        self.environment = self.house.make_environment()
        self.addCleanup(self.house.delete_environment, self.environment)

    def run_job(self, script, **body):
        return self.house.deploy(self.environment, f"{house.REGISTRY}/web:1", name="task", kind="job", command=["/bin/sh", "-c", script], **body)

    def end_of(self, accepted, within=90):
        path = f"/deployments/job/{accepted['jobId']}?wait=10s"
        return house.eventually(lambda: (d := self.house.ok("GET", path)["deployment"])["settled"] and d, f"{accepted} ends", within)

    def ends(self, status, accepted):
        deployment = self.end_of(accepted)
        self.assertEqual(status, deployment["status"], deployment)
        house.eventually(lambda: not self.docker.list("service", "label=com.troupe.service=task") and not self.docker.list("container", "label=com.troupe.service=task"),
                         "nothing of it is left in Docker", 30)
        return deployment

    def lines(self, deployment):
        return [line["message"] for line in self.house.ok("GET", f"/deployments/{deployment['id']}/logs")["lines"]]

    def test_one_that_ends_well_leaves_its_logs(self):
        deployment = self.ends("SUCCEEDED", self.run_job("echo did it"))
        self.assertIsNone(deployment["error"])
        self.assertEqual(["did it"], self.lines(deployment))
        self.assertEqual([0], [c["exitCode"] for c in deployment["containers"]], deployment["containers"])
        service = self.house.ok("GET", f"/services/{deployment['serviceId']}")["service"]
        self.assertEqual(("SUCCEEDED", None), (service["status"], service["current"]))
        listed = self.house.ok("GET", f"/environments/{self.environment}/services")["services"]
        self.assertEqual(["SUCCEEDED"], [s["status"] for s in listed])
        again = self.house.ok("POST", f"/services/{deployment['serviceId']}/deploy", {})
        self.assertNotEqual(deployment["id"], self.ends("SUCCEEDED", again)["id"])

    def test_one_that_does_not_is_tried_as_often_as_it_may(self):
        tries = ALONE + "test $(wc -l < /work/runs) -gt 2 || { echo not yet; exit 3; }; echo at last"
        deployment = self.ends("SUCCEEDED", self.run_job(tries, backoffLimit=2, volumes=WORK))
        self.assertEqual(["not yet", "not yet", "at last"], self.lines(deployment))
        self.assertEqual(2, deployment["restarts"])
        told = [e["detail"] for e in self.house.events(deployment["id"])]
        self.assertTrue(any("Trying again (2 of 2)" in line for line in told), told)
        counts = self.ends("SUCCEEDED", self.run_job("wc -l < /work/runs; ls /work", volumes=WORK))
        self.assertEqual(["3", "runs"], self.lines(counts), "three runs, and never two at once")

    def test_one_that_cannot_fails_with_its_programs_own_words(self):
        error = self.ends("FAILED", self.run_job("echo cannot; exit 7"))["error"]
        self.assertEqual(("EXITED", "RUNNING", False), (error["code"], error["phase"], error["retryable"]), error)
        self.assertIn("exit code 7", error["message"])
        self.assertIn("cannot", error["detail"])
        self.assertNotIn("keep running", error["hint"])

    def test_one_that_takes_too_long_is_ended(self):
        began = time.monotonic()
        error = self.ends("FAILED", self.run_job("exec sleep 1000", deadlineSeconds=4))["error"]
        self.assertEqual("TIMED_OUT", error["code"], error)
        self.assertIn("4 s", error["message"])
        self.assertGreater(time.monotonic() - began, 4)

    def test_one_that_is_cancelled_is_ended(self):
        accepted = self.run_job("exec sleep 1000")
        self.house.reaches(accepted["deploymentId"], "RUNNING")
        for verb in ("stop", "restart"):
            self.assertEqual(409, self.house.call("POST", f"/deployments/{accepted['deploymentId']}/{verb}").status)
        self.house.ok("POST", f"/deployments/{accepted['deploymentId']}/cancel")
        self.ends("CANCELLED", accepted)

    def test_what_comes_after_it_waits_for_its_end(self):
        first = self.run_job(ALONE + "sleep 4", volumes=WORK)
        self.house.reaches(first["deploymentId"], "RUNNING")
        second = self.run_job(ALONE + "ls /work", volumes=WORK)
        self.assertEqual("PENDING", self.house.deployment(second["deploymentId"])["status"])
        self.assertEqual("SUCCEEDED", self.end_of(first)["status"])
        self.assertEqual(["lock", "runs"], self.lines(self.ends("SUCCEEDED", second)))
        self.assertEqual(409, self.house.call("POST", f"/deployments/{first['deploymentId']}/rollback").status)

    def test_a_kill_of_the_server_changes_nothing(self):
        for down in (0, 8):  # it ends while the server is there, or while it is not
            with self.subTest(down=down):
                accepted = self.run_job(ALONE + "sleep 6; echo runs: $(wc -l < /work/runs)", volumes=WORK, backoffLimit=3)
                self.house.reaches(accepted["deploymentId"], "RUNNING")
                self.house.kill()
                time.sleep(down)
                self.house.start()
                deployment = self.ends("SUCCEEDED", accepted)
                self.assertEqual(0, deployment["restarts"])
                self.assertEqual(["runs: 1" if not down else "runs: 2"], self.lines(deployment))

    def test_what_is_killed_by_hand_is_not_run_again_unless_it_may_be(self):
        for limit, end in ((0, "FAILED"), (1, "SUCCEEDED")):
            with self.subTest(limit=limit):
                volume = [{"name": f"work-{limit}", "mountPath": "/work"}]
                accepted = self.run_job("test -e /work/once && exit 0; touch /work/once; exec sleep 1000", volumes=volume, backoffLimit=limit)
                self.house.reaches(accepted["deploymentId"], "RUNNING")
                container = house.eventually(lambda: self.docker.list("container", f"label=com.troupe.deployment={accepted['deploymentId']}", "status=running"),
                                             "its container runs")
                self.docker("kill", *container)
                self.ends(end, accepted)


if __name__ == "__main__":
    house.main()
