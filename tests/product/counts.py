"""What /metrics and /admin count is what there is, while everything changes.

100 deployments of the simulated Engine and 4 services of a real one; 20,000 and 50 with TROUPE_LONG=1.
"""
import collections
import concurrent.futures
import os
import re
import time
import unittest

import house

MANY, SOME = (20_000, 50) if os.environ.get("TROUPE_LONG") else (100, 4)
PER_ENVIRONMENT = 50
ENDED = ("FAILED", "CANCELLED", "SUPERSEDED", "REMOVED")


class Counts(unittest.TestCase):
    def open(self, *engine):
        own = self.enterContext(house.House(*engine, LOG_LEVEL="info"))
        own.start()
        self.took, self.key = [], own.make_key("watcher", ("ADMIN",))
        return own

    @staticmethod
    def call(own, method, path, body=None):
        """Past the door, which lets an address make only so many calls."""
        return own.ok(method, path, body, port=own.internal_port)

    def admin(self, own, path):
        began = time.monotonic()
        answer = own.call("GET", path, key=self.key, port=own.admin_port)
        self.took.append(time.monotonic() - began)
        self.assertEqual(200, answer.status, path)
        return answer

    def counted(self, own):
        """By /metrics and by /admin/deployments."""
        text = self.admin(own, "/metrics").body.decode()
        metrics = {status: int(float(n)) for status, n in re.findall(r'^troupe_deployments\{status="(\w+)"\} (\S+)', text, re.M)}
        living = self.admin(own, "/admin/deployments?limit=1").json["living"]
        return [{status: n for status, n in each.items() if n and status not in ENDED} for each in (metrics, living)]

    @staticmethod
    def rows(own):
        found = own.sql("SELECT status, count(*) FROM deployments GROUP BY status").splitlines()
        return {status: int(n) for status, n in (line.split("|") for line in found) if status not in ENDED}

    def agree(self, own, what):
        """Both with the rows, within the seconds for which /metrics reuses a look."""
        def same():
            return all(each == self.rows(own) for each in self.counted(own))
        house.eventually(same, f"{what}: {self.counted(own)} are the rows {self.rows(own)}", 10, 0.2)

    def watch(self, own, stopped):
        """While deployments only become more, no look may show fewer than the rows that were there before it."""
        while not stopped.wait(0.2):
            before = sum(self.rows(own).values())
            living = sum(self.counted(own)[1].values())
            self.assertGreaterEqual(living, before)
            self.looks += 1

    def test_many_of_the_simulated_engine(self):
        own, self.looks = self.open(), 0
        environments = [self.call(own, "POST", "/environments", {"name": f"e{n}"})["environment"]["id"]
                        for n in range((MANY + PER_ENVIRONMENT - 1) // PER_ENVIRONMENT)]
        watcher = house.Background(lambda stopped: self.watch(own, stopped))

        def deploy(n):
            return self.call(own, "POST", "/deployments", {"environmentId": environments[n // PER_ENVIRONMENT], "image": "acme/web:1",
                                                           "name": f"s{n % PER_ENVIRONMENT}"})["deploymentId"]
        began = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            ids = list(pool.map(deploy, range(MANY)))
        house.eventually(lambda: own.sql("SELECT count(*) FROM deployments WHERE status = 'RUNNING'") == str(MANY), "all run", 60 + MANY / 50, 0.5)
        watcher.finish()
        self.assertGreater(self.looks, 0)
        self.agree(own, "all run")
        for id in ids[: MANY // 10]:
            self.call(own, "POST", f"/deployments/{id}/stop")
        house.eventually(lambda: own.sql("SELECT count(*) FROM deployments WHERE status = 'STOPPED'") == str(MANY // 10), "they stop", 60, 0.5)
        self.agree(own, "some are stopped")
        self.call(own, "DELETE", f"/environments/{environments[0]}")
        house.eventually(lambda: own.call("GET", f"/environments/{environments[0]}").status == 404, "it is gone", 60, 0.2)
        self.agree(own, "an environment is gone")
        own.kill()
        own.start(within=60 + MANY / 100)
        self.agree(own, "after a restart")
        self.took.sort()
        print(f"{MANY} deployments, {self.looks} looks under load, {time.monotonic() - began:.0f} s; an answer: half within "
              f"{self.took[len(self.took) // 2] * 1000:.0f} ms, 99 of 100 within {self.took[len(self.took) * 99 // 100] * 1000:.0f} ms")

    def test_some_of_a_real_one(self):
        house.need("TROUPE_TEST_DOCKER_HOST", "TROUPE_TEST_REGISTRY")
        own = self.open(house.ENGINE)
        environment = self.call(own, "POST", "/environments", {"name": "counted"})["environment"]["id"]
        try:
            accepted = [self.call(own, "POST", "/deployments", {"environmentId": environment, "image": f"{house.REGISTRY}/web", "tag": "1",
                                                                "name": f"s{n}", "resources": {"memoryMb": 16, "cpus": 0.05}}) for n in range(SOME)]
            for each in accepted:
                own.reaches(each["deploymentId"], "RUNNING", 120 + 4 * SOME)
            self.agree(own, "all run")
            self.compare_with_docker(own, environment)
            for each in accepted[::2]:
                self.call(own, "POST", f"/deployments/{each['deploymentId']}/stop")
            for each in accepted[::2]:
                own.reaches(each["deploymentId"], "STOPPED", 120)
            self.agree(own, "half of them are stopped")
            self.compare_with_docker(own, environment)
        finally:
            own.delete_environment(environment, 120)

    def compare_with_docker(self, own, environment):
        mine = f"label=com.troupe.environment={environment}"

        def same():
            counts = collections.Counter(self.counted(own)[1])
            there = len(own.docker.list("service", mine)), len(own.docker.list("container", mine, "status=running"))
            return there == (counts["RUNNING"] + counts["STOPPED"], counts["RUNNING"])
        house.eventually(same, "as many services and containers as /admin counts", 20, 0.5)


if __name__ == "__main__":
    house.main()
