"""Applications: a Compose file is planned, applied, applied again, changed, refused, pruned and read back; on the simulated engine,
and with real programs on a real Swarm, where the docker client is the witness."""
import contextlib
import http.client
import json
import re
import secrets
import sys
import threading
import time
import unittest

import house

OVER = ("SUCCEEDED", "FAILED", "ROLLED_BACK", "CANCELLED")
SIMPLE = """
services:
  web:
    image: registry.example/web:1
    depends_on: [api]
    environment:
      GREETING: ${GREETING:-hello}
      SECRET:
  api:
    image: registry.example/api:1
    depends_on: {db: {condition: service_healthy}}
  db:
    image: registry.example/db:1
    volumes: ["data:/var/lib/db"]
"""


class Application:
    """One environment's, over the API."""

    def __init__(self, one, environment):
        self.house, self.environment = one, environment
        self.path = f"/environments/{environment}/application"

    def plan(self, compose, **more):
        return self.house.ok("POST", self.path + "/plan", {"compose": compose, **more})["plan"]

    def put(self, compose, **more):
        return self.house.call("PUT", self.path, {"compose": compose, **more})

    def apply(self, compose, within=180, **more):
        answer = self.put(compose, **more)
        assert answer.status == 202, answer
        return self.wait(answer.json["operation"], within)

    def wait(self, operation, within=180):
        path = f"/operations/{operation['id']}?wait=10s"
        return house.eventually(lambda: (o := self.house.ok("GET", path)["operation"])["status"] in OVER and o, f"{operation} is over", within)

    def read_back(self):
        answer = self.house.call("GET", self.path)
        assert answer.status == 200 and answer.headers["Content-Type"] == "application/yaml", answer
        return answer.body.decode()

    def images(self):
        """What serves; a way back names the very image by digest, too."""
        return {name: s["current"]["image"].split("@")[0] for name, s in self.services().items()}

    def services(self):
        return {s["name"]: s for s in self.house.ok("GET", f"/environments/{self.environment}/services?limit=200")["services"]}


def actions(plan):
    return {c["service"]: c["action"] for c in plan["changes"]}


class OnTheSimulatedEngine(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        house.needs_database()
        cls.house = cls.enterClassContext(house.House())
        cls.house.start()
        cls.house.wait_at_the_door()

    def setUp(self):
        self.app = Application(self.house, self.house.make_environment())

    def test_a_file_is_planned_applied_and_applied_again(self):
        given = {"SECRET": "s3cret-" + secrets.token_hex(8)}
        plan = self.app.plan(SIMPLE, variables=given)
        self.assertEqual(["db", "api", "web"], [c["service"] for c in plan["changes"]])
        self.assertEqual({"create"}, set(actions(plan).values()))
        done = self.app.apply(SIMPLE, variables=given, plan=plan["id"])
        self.assertEqual(("SUCCEEDED", ["DONE"] * 3), (done["status"], [s["status"] for s in done["steps"]]), done)
        self.assertEqual({"RUNNING"}, {s["status"] for s in self.app.services().values()})
        before = {name: s["current"]["id"] for name, s in self.app.services().items()}

        again = self.app.plan(SIMPLE)
        self.assertEqual({"unchanged"}, set(actions(again).values()), "SECRET keeps its value")
        self.assertEqual([], self.app.apply(SIMPLE)["steps"])
        changed = self.app.plan(SIMPLE, variables={"GREETING": "good day"})
        self.assertEqual({"web": "update", "api": "unchanged", "db": "unchanged"}, actions(changed))
        (field,) = changed["changes"][-1]["fields"]
        self.assertEqual("/envVars/GREETING", field["field"])
        self.assertNotEqual(field["from"], field["to"])
        self.assertNotIn("good day", json.dumps(changed), "values are not shown")
        self.assertEqual(("SUCCEEDED", ["web"]), (lambda o: (o["status"], [s["service"] for s in o["steps"]]))(
            self.app.apply(SIMPLE, variables={"GREETING": "good day"})))
        after = {name: s["current"]["id"] for name, s in self.app.services().items()}
        self.assertEqual({"web"}, {name for name in after if after[name] != before[name]})
        self.assertNotIn(given["SECRET"], self.house.log())

    def test_what_stands_reads_back_as_a_file_that_changes_nothing(self):
        self.app.apply(SIMPLE, variables={"SECRET": "x"})
        text = self.app.read_back()
        self.assertNotIn("hello", text)
        self.assertIn("  web:\n", text)
        self.assertIn("    depends_on:\n      api:\n        condition: service_started\n", text)
        self.assertIn("    depends_on:\n      db:\n        condition: service_healthy\n", text)
        self.assertEqual({"unchanged"}, set(actions(self.app.plan(text)).values()), text)
        answer = self.house.call("PUT", self.app.path, text.encode(), headers={"Content-Type": "application/yaml"})
        self.assertEqual((202, []), (answer.status, answer.json["operation"]["steps"]), answer)

    def test_who_awaits_whom_is_kept_though_nothing_else_changes(self):
        self.app.apply(SIMPLE, variables={"SECRET": "x"})
        changed = SIMPLE.replace("depends_on: [api]", "depends_on: [api, db]")
        self.assertEqual({"unchanged"}, set(actions(self.app.plan(changed)).values()))
        self.assertEqual([], self.app.apply(changed)["steps"])
        text = self.app.read_back()
        self.assertIn("    depends_on:\n      api:\n        condition: service_started\n      db:\n        condition: service_started\n", text)
        self.assertEqual([], self.app.apply(text)["steps"])
        self.assertEqual(text, self.app.read_back())
        less = "services:\n  db:\n    image: registry.example/db:1\n    volumes: [\"data:/var/lib/db\"]\n"
        self.app.apply(less, prune=True)
        self.assertNotIn("depends_on", self.app.read_back())
        self.house.run_release(self.app.environment, "registry.example/web:1", name="web")
        self.assertNotIn("depends_on", self.app.read_back(), "it is another service, which no file has named")

    def test_where_one_does_not_get_there_all_goes_back(self):
        self.app.apply(SIMPLE, variables={"SECRET": "x"})
        before = self.app.images()
        broken = SIMPLE.replace("db:1", "db:2").replace("registry.example/web:1", "registry.example/web-missing:2")
        broken += "  new:\n    image: registry.example/new:1\n"
        over = self.app.apply(broken)
        self.assertEqual("ROLLED_BACK", over["status"], over)
        self.assertTrue(over["detail"].startswith("web: "), over["detail"])
        self.assertEqual({"db": "ROLLED_BACK", "new": "ROLLED_BACK", "web": "FAILED"}, {s["service"]: s["status"] for s in over["steps"]})
        self.assertEqual(before, self.app.images())
        self.assertEqual([], self.app.apply(SIMPLE)["steps"], "what went back is as it was wanted")
        kept = self.app.apply(broken, onFailure="keep")
        self.assertEqual("FAILED", kept["status"])
        self.assertEqual({"db", "api", "web", "new"}, set(self.app.services()))

    def test_services_that_left_the_file_go_only_where_that_is_asked_for(self):
        self.app.apply(SIMPLE, variables={"SECRET": "x"})
        less = "services:\n  db:\n    image: registry.example/db:1\n    volumes: [\"data:/var/lib/db\"]\n"
        self.assertEqual([], self.app.apply(less)["steps"])
        self.assertEqual({"db": "unchanged", "api": "remove", "web": "remove"}, actions(self.app.plan(less, prune=True)))
        self.assertEqual("SUCCEEDED", self.app.apply(less, prune=True)["status"])
        self.assertEqual({"db"}, set(self.app.services()))
        self.assertEqual(["data"], [v["name"] for v in self.house.ok("GET", f"/environments/{self.app.environment}/volumes")["volumes"]])
        gone = self.app.wait(self.house.ok("DELETE", self.app.path)["operation"])
        self.assertEqual("SUCCEEDED", gone["status"])
        self.assertEqual({}, self.app.services())

    def test_a_plan_is_applied_only_as_long_as_it_is_true(self):
        plan = self.app.plan(SIMPLE, variables={"SECRET": "x"})
        self.assertEqual(409, self.app.put(SIMPLE, plan=plan["id"], variables={"SECRET": "y"}).status, "another application")
        self.house.run_release(self.app.environment, "registry.example/web:0", name="web")
        refused = self.app.put(SIMPLE, plan=plan["id"], variables={"SECRET": "x"})
        self.assertEqual(409, refused.status, refused)
        self.assertIn("plan it again", refused.problem["detail"])
        self.assertEqual({"web"}, set(self.app.services()))

    def test_dry_runs_touch_nothing(self):
        answer = self.house.call("PUT", self.app.path + "?dryRun=true", {"compose": SIMPLE, "variables": {"SECRET": "x"}})
        self.assertEqual((200, 3), (answer.status, len(answer.json["plan"]["changes"])), answer)
        body = {"environmentId": self.app.environment, "image": "registry.example/web:1", "ports": [{"container": 80}]}
        answer = self.house.call("POST", "/deployments?dryRun=true", body)
        self.assertEqual((200, {"web": "create"}), (answer.status, actions(answer.json["plan"])), answer)
        self.assertEqual({}, self.app.services())
        self.house.run_release(self.app.environment, body["image"], ports=body["ports"])
        self.assertEqual({"web": "unchanged"}, actions(self.house.ok("POST", "/deployments?dryRun=true", body)["plan"]))

    def test_what_is_wrong_is_told_by_line_and_column(self):
        for text, *said in (
                ("services:\n  web:\n    image: a\n    privileged: true\n", "line 4, column 5", "privileged"),
                ("services:\n  web:\n    image: a\n    ports: [\"8080:80\"]\n    deploy: {replicas: 3}\n", "line 4", "allows one container a node"),
                ("services:\n  web: {image: a, depends_on: [b]}\n", "line 2", "b"),
                ("services:\n\tweb: {}\n", "line 2"),
                ("services:\n  web: {image: a, environment: [A]}\n", "A", "has no value"),
                ("services:\n  web: {build: .}\n", "line 2", "build")):
            answer = self.app.put(text)
            self.assertEqual(400, answer.status, (text, answer))
            told = json.dumps(answer.problem)
            for words in said:
                self.assertIn(words, told, text)
        self.assertEqual(415, self.house.call("PUT", self.app.path, b"a: b", headers={"Content-Type": "text/plain"}).status)
        self.assertEqual(404, self.house.call("PUT", "/environments/env_aaaaaaaaaaaaaaaa/application", {"compose": SIMPLE, "variables": {"SECRET": "x"}}).status)
        self.assertEqual(404, self.house.call("GET", "/operations/op_aaaaaaaaaaaaaaaa").status)

    def test_one_at_a_time_and_cancel_takes_it_back(self):
        slow = "services:\n  a: {image: registry.example/a:1}\n  b: {image: \"registry.example/b-unreachable:1\", depends_on: [a]}\n"
        operation = self.app.put(slow).json["operation"]
        house.eventually(lambda: self.app.services().get("a", {}).get("status") == "RUNNING", "a runs")
        second = self.app.put("services:\n  c: {image: registry.example/c:1}\n")
        self.assertEqual(409, second.status, second)
        self.assertIn(operation["id"], second.problem["detail"])
        self.assertEqual(202, self.house.call("POST", f"/operations/{operation['id']}/cancel").status)
        self.assertEqual("CANCELLED", self.app.wait(operation)["status"])
        self.assertEqual(409, self.house.call("POST", f"/operations/{operation['id']}/cancel").status)
        self.assertNotIn("a", [n for n, s in self.app.services().items() if s["status"] == "RUNNING"])
        self.assertEqual([operation["id"]], [o["id"] for o in self.house.ok("GET", f"/environments/{self.app.environment}/operations")["operations"]])

    def test_under_an_idempotency_key_it_is_applied_once(self):
        body, headers = {"compose": SIMPLE, "variables": {"SECRET": "x"}}, {"Idempotency-Key": secrets.token_hex(8)}
        first, second = (self.house.call("PUT", self.app.path, body, headers=headers) for _ in range(2))
        self.assertEqual(first.json["operation"]["id"], second.json["operation"]["id"])
        self.assertEqual("true", second.headers["Idempotency-Replayed"])
        self.assertEqual("SUCCEEDED", self.app.wait(first.json["operation"])["status"])

    def test_killed_at_each_step_it_ends_the_same(self):
        """A release that fails at the end of three steps, so that all goes back; killed once at each hit of each failpoint."""
        self.app.apply(SIMPLE, variables={"SECRET": "x"})
        before = self.app.images()
        broken = SIMPLE.replace("db:1", "db:2").replace("registry.example/web:1", "registry.example/web-missing:2")
        self.addCleanup(self.restart)
        for point in ("application.before_save", "application.after_save", "application.before_effect", "application.after_effect"):
            for hit in (1, 2, 3):
                with self.subTest(f"{point}:{hit}"):
                    self.restart(TROUPE_FAILPOINT=f"{point}:{hit}:kill9")
                    with contextlib.suppress(OSError, http.client.HTTPException):
                        self.house.call("PUT", self.app.path, {"compose": broken})
                        house.eventually(lambda: not self.house.running() or self.newest()["status"] in OVER, "killed or over", 60)
                    self.restart()
                    if self.newest()["status"] != "SUCCEEDED":  # else the kill came before it was accepted
                        self.assertEqual("ROLLED_BACK", self.app.wait(self.newest())["status"])
                    self.assertEqual(before, self.app.images())

    def newest(self):
        return self.house.ok("GET", f"/environments/{self.app.environment}/operations?limit=1")["operations"][0]

    def restart(self, **more):
        self.house.kill()
        self.house.launch(**more)
        self.house.wait_until_answering()


if __name__ == "__main__":
    house.main()
