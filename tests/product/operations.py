"""Operations: every accepted write names one, which is followed to its true end; on the simulated engine and on a real Swarm."""
import contextlib
import http.client
import json
import unittest

import house

OVER = ("SUCCEEDED", "FAILED", "ROLLED_BACK", "CANCELLED", "SUPERSEDED")
APP, SLOW, MISSING = "registry.example/app:1", "registry.example/app-slow:1", "registry.example/app-missing:1"


class Followed(unittest.TestCase):
    def follow(self, accepted, within=60):
        """To its end, by its answer alone."""
        path = f"/operations/{accepted['operation']['id']}?wait=10s"
        return house.eventually(lambda: (o := self.house.ok("GET", path)["operation"])["status"] in OVER and o, f"{accepted['operation']} is over", within)

    def ask(self, method, path, body=None):
        answer = self.house.call(method, path, body)
        self.assertIn(answer.status, (200, 201, 202), answer)
        return answer.json

    def deploy(self, image=APP, **more):
        return self.ask("POST", "/deployments", {"environmentId": self.environment, "image": image, "name": "web", **more})

    def status(self, deployment):
        return self.house.ok("GET", f"/deployments/{deployment}")["deployment"]["status"]

    def end(self, accepted, *expected):
        operation = self.follow(accepted)
        self.assertEqual(expected, (operation["kind"], operation["status"]), operation)
        return operation


class OnTheSimulatedEngine(Followed):
    @classmethod
    def setUpClass(cls):
        house.needs_database()
        cls.house = cls.enterClassContext(house.House())
        cls.house.start()
        cls.house.wait_at_the_door()

    def setUp(self):
        self.environment = self.house.make_environment()

    def test_each_write_is_followed_to_its_end(self):
        made = self.ask("POST", "/environments", {"name": "of-its-own"})
        self.end(made, "createEnvironment", "SUCCEEDED")
        first = self.deploy()
        done = self.end(first, "deploy", "SUCCEEDED")
        self.assertEqual("RUNNING", done["events"][-1]["status"])
        self.assertEqual([("web", "DONE", first["deploymentId"])], [(s["service"], s["status"], s["deploymentId"]) for s in done["steps"]])
        path = f"/deployments/{first['deploymentId']}"
        scaled = self.end(self.ask("POST", path + "/scale", {"replicas": 3}), "scale", "SUCCEEDED")
        self.assertEqual("3 containers run", scaled["detail"])
        self.assertEqual(3, len([c for c in self.house.ok("GET", path)["deployment"]["containers"] if c["status"] == "running"]))
        self.end(self.ask("POST", path + "/restart"), "restart", "SUCCEEDED")
        self.end(self.ask("POST", path + "/stop"), "stop", "SUCCEEDED")
        self.end(self.ask("POST", path + "/start"), "start", "SUCCEEDED")
        second = self.ask("PATCH", f"/services/{self.environment}.web", {"tag": "2"})
        self.end(second, "deploy", "SUCCEEDED")
        back = self.ask("POST", f"/deployments/{second['deploymentId']}/rollback")
        self.end(back, "rollback", "SUCCEEDED")
        self.end(self.ask("DELETE", f"/deployments/{back['deploymentId']}"), "delete", "SUCCEEDED")
        gone = self.end(self.ask("DELETE", f"/environments/{made['environment']['id']}"), "deleteEnvironment", "SUCCEEDED")
        self.assertEqual(404, self.house.call("GET", f"/environments/{made['environment']['id']}").status, gone)

    def test_what_does_not_get_there_says_why(self):
        failed = self.end(self.deploy(MISSING), "deploy", "FAILED")
        self.assertEqual(self.house.ok("GET", f"/deployments/{failed['steps'][0]['deploymentId']}")["deployment"]["error"]["message"], failed["detail"])
        self.end(self.deploy(), "deploy", "SUCCEEDED")

    def test_the_latest_wins_unless_all_are_to_run(self):
        self.end(self.deploy(), "deploy", "SUCCEEDED")
        slow = self.deploy(SLOW)
        waits = [self.deploy(APP, envVars={"N": str(n)}) for n in range(3)]
        for overtaken in waits[:2]:
            end = self.end(overtaken, "deploy", "SUPERSEDED")
            self.assertIn("overtaken by", end["detail"])
            self.assertEqual(["PENDING", "SUPERSEDED"], [e["status"] for e in end["events"]])
        self.end(waits[2], "deploy", "SUCCEEDED")
        self.end(slow, "deploy", "SUCCEEDED")
        slow = self.deploy(SLOW)
        all_run = [self.deploy(APP, envVars={"N": str(n)}, queue="all") for n in range(3)]
        for one in all_run:
            self.end(one, "deploy", "SUCCEEDED")
        self.assertEqual(400, self.house.call("POST", "/deployments", {"environmentId": self.environment, "image": APP, "queue": "some"}).status)

    def test_cancelling_an_operation_cancels_its_release(self):
        slow = self.deploy(SLOW)
        self.assertEqual(202, self.house.call("POST", f"/operations/{slow['operation']['id']}/cancel").status)
        self.end(slow, "deploy", "CANCELLED")
        self.assertEqual(409, self.house.call("POST", f"/operations/{slow['operation']['id']}/cancel").status)

    def test_a_stream_tells_each_change_and_resumes(self):
        slow = self.deploy(SLOW)
        told = list(self.stream(slow["operation"]["id"]))
        self.assertEqual("SUCCEEDED", told[-1][1]["status"])
        numbers = [number for number, _ in told]
        self.assertEqual(sorted(set(numbers)), numbers)
        self.assertGreater(len(told), 1)
        last = told[-2][0]
        self.assertEqual([told[-1][0]], [number for number, _ in self.stream(slow["operation"]["id"], last)])

    def stream(self, operation, last=None):
        """(id, operation) of each event until the server ends it."""
        connection = http.client.HTTPConnection("127.0.0.1", self.house.port, timeout=60)
        headers = {"X-API-Key": self.house.key, "Accept": "text/event-stream", **({"Last-Event-ID": str(last)} if last else {})}
        with contextlib.closing(connection):
            connection.request("GET", f"/operations/{operation}", headers=headers)
            answer = connection.getresponse()
            self.assertEqual((200, "text/event-stream"), (answer.status, answer.headers["Content-Type"]))
            number = None
            for line in answer.read().decode().splitlines():
                if line.startswith("id: "):
                    number = int(line[4:])
                if line.startswith("data: "):
                    yield number, json.loads(line[6:])

    def test_a_killed_server_goes_on_with_it(self):
        self.addCleanup(self.restart)
        self.end(self.deploy(), "deploy", "SUCCEEDED")
        slow = self.deploy(SLOW)
        overtaken, last = self.deploy(), self.deploy(envVars={"A": "b"})
        self.restart()
        self.end(slow, "deploy", "SUCCEEDED")
        self.end(overtaken, "deploy", "SUPERSEDED")
        self.end(last, "deploy", "SUCCEEDED")
        scaled = self.ask("POST", f"/deployments/{last['deploymentId']}/scale", {"replicas": 2})
        self.restart()
        self.end(scaled, "scale", "SUCCEEDED")

    def restart(self):
        self.house.kill()
        self.house.start()
        self.house.wait_until_healthy()


class OnARealSwarm(Followed):
    @classmethod
    def setUpClass(cls):
        house.needs_engine()
        cls.house = cls.enterClassContext(house.House(house.ENGINE))
        cls.house.start()
        cls.environment = cls.house.make_environment()

    def running(self, deployment):
        return [c["Id"] for c in self.house.docker.containers(f"label=com.troupe.deployment={deployment}") if c["State"]["Running"]]

    def test_its_end_is_what_docker_shows(self):
        image = f"{house.REGISTRY}/web:1"
        first = self.deploy(image)
        self.end(first, "deploy", "SUCCEEDED")
        path = f"/deployments/{first['deploymentId']}"
        self.end(self.ask("POST", path + "/scale", {"replicas": 3}), "scale", "SUCCEEDED")
        before = self.running(first["deploymentId"])
        self.assertEqual(3, len(before))
        self.end(self.ask("POST", path + "/restart"), "restart", "SUCCEEDED")
        new = set(self.running(first["deploymentId"])) - set(before)
        self.assertEqual(3, len(new), "what was asked for runs; what it replaces may still be ending")
        house.eventually(lambda: set(self.running(first["deploymentId"])) == new, "only the new ones run")
        self.end(self.ask("POST", path + "/stop"), "stop", "SUCCEEDED")
        self.assertEqual([], self.running(first["deploymentId"]))
        failed = self.deploy(f"{house.REGISTRY}/crash:1")
        self.end(failed, "deploy", "FAILED")
        self.end(self.ask("DELETE", path), "delete", "SUCCEEDED")
        self.assertEqual([], self.house.docker.list("service"))


if __name__ == "__main__":
    house.main()
