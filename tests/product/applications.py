"""Applications: a Compose file is planned, applied, applied again, changed, refused, pruned and read back on the simulated engine; and killed
with -9 at the boundaries between its saves and effects on a real Swarm, where the docker client is the witness.
TROUPE_KILLS: how many such kills, spread over all boundaries; `all` for each of them."""
import collections
import concurrent.futures
import contextlib
import json
import os
import secrets
import socket
import threading
import time
import unittest

import house
import kill9

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


def killed_or_over(one, path, operation_in, within=180):
    """The server has died, or the operation that its answer at the path holds is over."""
    def over():
        answer = one.call_one_that_may_die("GET", path)
        return answer and operation_in(answer.json)["status"] in OVER
    house.eventually(lambda: not one.running() or over(), "killed or over", within)


def actions(plan):
    return {c["service"]: c["action"] for c in plan["changes"]}


@unittest.skipUnless(house.ENGINE and house.REGISTRY, "needs a Docker Engine and its registries")
class PlansAskRealRegistries(unittest.TestCase):
    """What a plan tells of images, with registries that are asked, and docker as the witness that nothing is pulled."""

    @classmethod
    def setUpClass(cls):
        house.needs_engine()
        cls.house = cls.enterClassContext(house.House(house.ENGINE))
        cls.house.start()
        cls.house.wait_at_the_door()

    def setUp(self):
        self.environment = self.house.make_environment()
        self.addCleanup(self.house.delete_environment, self.environment)
        self.app = Application(self.house, self.environment)

    def images(self, plan):
        return {c["service"]: c["image"] for c in plan["changes"]}

    def test_a_plan_tells_the_digest_that_its_release_then_runs(self):
        file = (f"services:\n  web: {{image: \"{house.REGISTRY}/web:1\"}}\n  again: {{image: \"{house.REGISTRY}/web:1\"}}\n"
                f"  gone: {{image: \"{house.REGISTRY}/web:nope\"}}\n  closed: {{image: \"{house.DENIED_REGISTRY}/web:1\"}}\n"
                f"  inner: {{image: \"127.0.0.1:5999/web:1\"}}\n")
        before = self.house.docker("images", "-q", "--no-trunc")
        began = time.monotonic()
        images = self.images(self.app.plan(file))
        self.assertLess(time.monotonic() - began, 10)
        self.assertEqual(before, self.house.docker("images", "-q", "--no-trunc"), "nothing was pulled")
        self.assertEqual(True, images["web"]["platformFits"], images["web"])
        self.assertEqual(images["web"], images["again"])
        self.assertEqual({"gone": "IMAGE_NOT_FOUND", "closed": "REGISTRY_DENIED", "inner": "REGISTRY_DENIED"},
                         {n: images[n]["error"]["code"] for n in ("gone", "closed", "inner")})
        done = self.app.apply(f"services:\n  web: {{image: \"{house.REGISTRY}/web:1\"}}\n")
        self.assertEqual("SUCCEEDED", done["status"], done)
        (container,) = self.house.docker.containers()
        self.assertTrue(container["Config"]["Image"].endswith(images["web"]["digest"]), container["Config"]["Image"])
        again = self.images(self.app.plan(file))
        self.assertEqual(images["web"]["digest"], again["web"]["digest"])
        self.assertTrue(again["again"]["here"])

    def test_a_registry_that_never_answers_costs_ten_seconds_and_no_pull(self):
        with socket.create_server((os.environ["TROUPE_TEST_GATEWAY_IP"], 0)) as silent:
            host = "%s:%d" % silent.getsockname()
            with self.silent_house(host) as one:
                app = Application(one, one.make_environment())
                file = f"services:\n  mute: {{image: \"{host}/app:1\"}}\n  web: {{image: \"{house.REGISTRY}/web:1\"}}\n"
                began, plans = time.monotonic(), []
                thread = threading.Thread(target=lambda: plans.append(app.plan(file)))
                thread.start()
                one.run_release(app.environment, f"{house.REGISTRY}/web:2", name="other")
                thread.join()
                self.assertLess(time.monotonic() - began, 20)
                images = self.images(plans[0])
                self.assertIsNotNone(images["mute"]["unknown"], images)
                self.assertIsNotNone(images["web"]["digest"], images)
                one.delete_environment(app.environment)

    @contextlib.contextmanager
    def silent_house(self, host):
        with house.House(house.ENGINE, PRIVATE_REGISTRIES=",".join((house.REGISTRY, host))) as one:
            one.start()
            one.wait_at_the_door()
            yield one

    def test_more_cpus_than_there_are_are_told_before_docker_refuses_them(self):
        many = f"services:\n  web: {{image: \"{house.REGISTRY}/web:1\", cpus: 512}}\n"
        (conflict,) = [c for c in self.app.plan(many)["conflicts"] if c["certain"]]
        self.assertEqual(("capacity", "web", "/resources/cpus"), tuple(conflict[k] for k in ("kind", "service", "field")))
        refused = self.app.put(many)
        self.assertEqual((409, conflict["detail"]), (refused.status, refused.problem["errors"][0]["detail"]))


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
        now = refused.problem["plan"]
        self.assertEqual({"db": "create", "api": "create", "web": "update"}, actions(now), "the new plan comes with it")
        self.assertEqual("SUCCEEDED", self.app.apply(SIMPLE, plan=now["id"], variables={"SECRET": "x"})["status"], "and is true")

    def test_what_was_stopped_is_stopped_again_and_what_passes_from_one_to_another_comes_back(self):
        port, other = house.free_ports(2)
        before = f'''
services:
  one: {{image: "registry.example/one:1", volumes: ["data:/data"], ports: ["{port}:80"]}}
  two: {{image: "registry.example/two:1"}}
  old: {{image: "registry.example/old:1", ports: ["{other}:80"]}}
'''
        after = f'''
services:
  one: {{image: "registry.example/one:2"}}
  two: {{image: "registry.example/two:2", volumes: ["data:/data"], ports: ["{port}:80"]}}
  new: {{image: "registry.example/new:1", ports: ["{other}:80"]}}
'''
        broken = after + "  web: {image: \"registry.example/web-missing:1\", depends_on: [two, new]}\n"
        self.app.apply(before)
        old = self.app.services()["old"]["current"]["id"]
        self.house.ok("POST", f"/deployments/{old}/stop")
        self.house.reaches(old, "STOPPED")
        stood = {name: (s["status"], s["current"]["image"]) for name, s in self.app.services().items()}
        plan = self.app.plan(broken, prune=True)
        self.assertEqual({"new": ["old"], "old": [], "one": [], "two": ["one"], "web": ["new", "two"]}, {c["service"]: c["after"] for c in plan["changes"]})
        over = self.app.apply(broken, prune=True, plan=plan["id"])
        self.assertEqual({"new": "ROLLED_BACK", "old": "ROLLED_BACK", "one": "ROLLED_BACK", "two": "ROLLED_BACK", "web": "FAILED"},
                         {s["service"]: s["status"] for s in over["steps"]}, over)
        back = self.app.services()
        self.assertEqual(stood, {name: (s["status"], s["current"]["image"].split("@")[0]) for name, s in back.items() if s["current"]})
        self.assertEqual({"web"}, set(back) - set(stood), "of what was new, what failed is told")
        self.assertNotIn("RUNNING", [e["status"] for e in self.house.events(back["old"]["current"]["id"])])
        self.assertEqual("SUCCEEDED", self.app.apply(after, prune=True)["status"])
        self.assertEqual({"one", "two", "new"}, {name for name, s in self.app.services().items() if s["current"]})

    def test_who_would_get_from_each_other_what_one_can_have_are_refused_with_words(self):
        held = "services:\n  a: {image: \"registry.example/a:1\", volumes: [\"%s:/data\"]}\n  b: {image: \"registry.example/b:1\", volumes: [\"%s:/data\"]}\n"
        self.app.apply(held % ("one", "two"))
        for answer in (self.app.put(held % ("two", "one")), self.house.call("POST", self.app.path + "/plan", {"compose": held % ("two", "one")})):
            self.assertEqual(409, answer.status, answer)
            self.assertIn('the volume "two" is still that of "b", which waits for "a" in turn', json.dumps(answer.problem).replace('\\"', '"'))

    def test_dry_runs_touch_nothing(self):
        answer = self.house.call("PUT", self.app.path + "?dryRun=true", {"compose": SIMPLE, "variables": {"SECRET": "x"}})
        self.assertEqual((200, 3), (answer.status, len(answer.json["plan"]["changes"])), answer)
        body = {"environmentId": self.app.environment, "image": "registry.example/web:1", "ports": [{"container": 80}]}
        answer = self.house.call("POST", "/deployments?dryRun=true", body)
        self.assertEqual((200, {"web": "create"}), (answer.status, actions(answer.json["plan"])), answer)
        self.assertEqual({}, self.app.services())
        self.house.run_release(self.app.environment, body["image"], ports=body["ports"])
        again = self.house.ok("POST", "/deployments?dryRun=true", body)["plan"]["changes"][0]
        self.assertEqual(("update", []), (again["action"], again["fields"]), "the same once more is a release, too")

    def test_a_change_of_a_service_is_planned(self):
        before = self.house.run_release(self.app.environment, "registry.example/web:1", envVars={"SECRET": "s3cret"})
        path = f"/services/{self.app.environment}.web"
        etag = self.house.call("GET", path).headers["ETag"]
        answer = self.house.call("PATCH", path + "?dryRun=true", {"tag": "2", "envVars": {"SECRET": "other"}}, headers={"If-Match": etag})
        self.assertEqual((200, etag), (answer.status, answer.headers["ETag"]), answer)
        (change,) = answer.json["plan"]["changes"]
        self.assertEqual(["/envVars/SECRET", "/tag"], [f["field"] for f in change["fields"]])
        self.assertEqual({"expected": False, "why": None}, change["downtime"])
        self.assertNotIn("s3cret", answer.body.decode())
        self.assertEqual(412, self.house.call("PATCH", path + "?dryRun=true", {"tag": "2"}, headers={"If-Match": '"1"'}).status)
        answer = self.house.call("POST", path + "/deploy?dryRun=true")
        self.assertEqual((200, {"web": "update"}), (answer.status, actions(answer.json["plan"])), answer)
        self.assertEqual(before["id"], self.app.services()["web"]["latest"]["id"], "nothing was done")

    def test_a_plan_tells_what_its_images_lead_to(self):
        file = "services:\n" + "".join(f"  {n}: {{image: \"registry.example/{n}:1\"}}\n" for n in ("web", "web-missing", "web-denied"))
        images = {c["service"]: c["image"] for c in self.app.plan(file)["changes"]}
        self.assertRegex(images["web"]["digest"], "^sha256:[0-9a-f]{64}$")
        self.assertEqual((True, False, None), tuple(images["web"][k] for k in ("platformFits", "here", "error")))
        self.assertEqual("IMAGE_NOT_FOUND", images["web-missing"]["error"]["code"])
        self.assertEqual("REGISTRY_DENIED", images["web-denied"]["error"]["code"])
        done = self.app.apply(file, onFailure="keep")
        self.assertIn(images["web-missing"]["error"]["message"], {s["service"]: s["detail"] for s in done["steps"]}["web-missing"], "as it then ends")
        again = {c["service"]: c for c in self.app.plan(file)["changes"]}["web"]
        self.assertEqual(("unchanged", images["web"]["digest"]), (again["action"], again["image"]["digest"]))

    def test_what_is_in_the_way_is_told_and_refused_in_the_same_words(self):
        self.house.run_release(self.app.environment, "registry.example/old:1", name="old", ports=[{"container": 80, "host": 18081}],
                               volumes=[{"name": "data", "mountPath": "/data"}])
        other = self.house.make_environment()
        file = "services:\n  web: {image: \"registry.example/web:1\", ports: [\"18081:80\"], volumes: [\"data:/x\"], cpus: 100}\nvolumes: {data: }\n"
        plan = self.app.plan(file)
        self.assertEqual(["volume", "port", "capacity"], [c["kind"] for c in plan["conflicts"]], plan["conflicts"])
        self.assertIn('by the service "old".', plan["conflicts"][1]["detail"])
        refused = self.app.put(file)
        self.assertEqual((409, [c["detail"] for c in plan["conflicts"]]), (refused.status, [e["detail"] for e in refused.problem["errors"]]))
        self.assertEqual({"old"}, set(self.app.services()))
        elsewhere = Application(self.house, other)
        self.assertEqual(["port"], [c["kind"] for c in elsewhere.plan(file.replace(", cpus: 100", ""))["conflicts"]])
        stranger = self.house.make_key("stranger", user="stranger")
        theirs = self.house.ok("POST", "/environments", {"name": "theirs"}, key=stranger)["environment"]["id"]
        told = self.house.ok("POST", f"/environments/{theirs}/application/plan", {"compose": file}, key=stranger)["plan"]["conflicts"]
        self.assertEqual("The host port 18081/tcp is taken.", told[0]["detail"])
        both = "services:\n" + "".join(f"  {n}: {{image: a, ports: [\"18082:80\"]}}\n" for n in "ab")
        refused = self.app.put(both)
        self.assertEqual((409, "/b/ports/0/host"), (refused.status, refused.problem["errors"][0]["pointer"]), refused)

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
        over = self.app.wait(operation)
        self.assertEqual("CANCELLED", over["status"])
        of = {s["deploymentId"]: s["service"] for s in over["steps"]}
        told = [(of.get(e["deploymentId"]), e["status"]) for e in over["events"]]
        self.assertEqual(sorted(e["time"] for e in over["events"]), [e["time"] for e in over["events"]])
        for line in (("a", "RUNNING"), ("a", "REMOVED"), ("b", "PULLING_IMAGE"), ("b", "CANCELLED")):
            self.assertIn(line, told)
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
                    self.house.call_one_that_may_die("PUT", self.app.path, {"compose": broken})
                    newest = f"/environments/{self.app.environment}/operations?limit=1"
                    killed_or_over(self.house, newest, lambda told: told["operations"][0])
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


class OnARealSwarm(unittest.TestCase):
    """A volume passes from one service to another and a second one from a service that is removed; then an image is missing, or none is."""
    STANDS = '''
services:
  one: {{image: "{registry}/web:1", volumes: ["data:/data"]}}
  two: {{image: "{registry}/web:1"}}
  old: {{image: "{registry}/web:1", volumes: ["more:/more"]}}
'''
    NEXT = '''
services:
  one: {{image: "{registry}/web:2"}}
  two: {{image: "{registry}/web:2", volumes: ["data:/data", "more:/more"]}}
'''
    FAILS = NEXT + '''
  three: {{image: "{registry}/none:1", depends_on: [two]}}
'''

    def told(self, text, hit=None):
        """(end, hits, whether it was killed)"""
        with house.House(house.ENGINE, STABILITY_WINDOW="0s") as own, contextlib.ExitStack() as stack:
            own.start()
            app = Application(own, own.make_environment())
            self.assertEqual("SUCCEEDED", app.apply(self.STANDS.format(registry=house.REGISTRY))["status"])
            heard = stack.enter_context(kill9.Heard(own, ("service", "volume")))
            log = own.directory / "hits"
            own.kill()
            own.launch(TROUPE_FAILPOINT_LOG=log, **({"TROUPE_FAILPOINT": f"{hit}:kill9"} if hit else {}))
            own.wait_until_answering()
            body, key = {"compose": text.format(registry=house.REGISTRY), "prune": True}, {"Idempotency-Key": secrets.token_hex(8)}
            accepted = house.eventually(
                lambda: not own.running() or own.call_one_that_may_die("PUT", app.path, body, headers=key), "killed or accepted")
            if accepted is not True:
                killed_or_over(own, f"/operations/{accepted.json['operation']['id']}", lambda told: told["operation"])
            killed = not own.running()
            if killed:
                own.kill()
                own.launch()
                own.wait_until_healthy()
            over = app.wait(own.ok("PUT", app.path, body, headers=key)["operation"])
            house.eventually(lambda: all(s["settled"] for s in own.ok("GET", f"/deployments/environment/{app.environment}")["deployments"]), "all is settled", 120)
            end = {"status": over["status"], "steps": {s["service"]: s["status"] for s in over["steps"]},
                   "services": {name: (s["status"], (s["current"] or {}).get("image", "").split("@")[0]) for name, s in app.services().items()},
                   "containers": self.containers(own, app.environment), "lives": kill9.Kill9.lives(heard.events(), app.environment)}
            hits = [name for name in log.read_text().split() if name.startswith("application.")]
            return end, hits, killed

    @staticmethod
    def containers(own, environment):
        """By service, which of both volumes those that run have; those that are replaced may take a moment to end."""
        def alone():
            found = [c for c in own.docker.containers(f"label=com.troupe.environment={environment}") if c["State"]["Running"]]
            names = [c["Config"]["Labels"]["com.troupe.service"] for c in found]
            return len(names) == len(set(names)) and found
        return {c["Config"]["Labels"]["com.troupe.service"]: sorted(m["Destination"] for m in c["Mounts"] if m["Destination"] in ("/data", "/more"))
                for c in house.eventually(alone, "one container of each service", 120)}

    def test_killed_anywhere_it_ends_as_it_does_undisturbed(self):
        house.needs_engine()
        wanted, undisturbed = [], {}
        for text, status in ((self.FAILS, "ROLLED_BACK"), (self.NEXT, "SUCCEEDED")):
            undisturbed[text], hits, killed = self.told(text)
            self.assertEqual((status, False), (undisturbed[text]["status"], killed), undisturbed[text])
            counts = collections.Counter()
            for name in hits:
                counts[name] += 1
                wanted.append((text, f"{name}:{counts[name]}"))
        self.assertEqual({"one": ["/data"], "two": [], "old": ["/more"]}, undisturbed[self.FAILS]["containers"])
        self.assertEqual({"one": [], "two": ["/data", "/more"]}, undisturbed[self.NEXT]["containers"])
        wanted.sort(key=lambda each: each[1].split(":")[0])  # of each kind some
        kills = os.environ.get("TROUPE_KILLS", "20" if house.LONG else "10")
        count = len(wanted) if kills == "all" else min(int(kills), len(wanted))
        chosen = [wanted[i * (len(wanted) - 1) // max(1, count - 1)] for i in range(count)]
        reached = []

        def one(each):
            try:
                return each, self.told(*each), None
            except Exception as error:  # noqa: told below, by the name of its boundary
                return each, None, error
        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            for (text, hit), told, error in pool.map(one, chosen):
                with self.subTest("fails" if text is self.FAILS else "does not", killed_at=hit):
                    if error:
                        raise error
                    end, _, killed = told
                    self.assertEqual(undisturbed[text], end)
                    reached += [hit] * killed
        print(f"{len(wanted)} boundaries, {len(chosen)} stories, {len(reached)} kills: {', '.join(reached)}")
        self.assertEqual({hit.split(":")[0] for _, hit in wanted}, {hit.split(":")[0] for hit in reached})
        # How many saves there are varies a little, so the last of a kind may not come.
        self.assertGreaterEqual(len(reached), len(chosen) * 3 // 4, "too few were killed at all")


if __name__ == "__main__":
    house.main()
