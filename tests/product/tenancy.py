"""Every route × {no key, bad key, wrong scope, own, foreign, missing, deleted}, from /openapi.json, through the door; and what
goes with keys: replays, also across kill -9, and quotas."""
import concurrent.futures
import contextlib
import http.client
import json
import re
import unittest

import house

ENVIRONMENT, DEPLOYMENT, JOB, SERVICE, OPERATION = "environment", "deployment", "job", "service", "operation"
MISSING = {ENVIRONMENT: "env_" + "a" * 16, DEPLOYMENT: "dep_" + "a" * 16, JOB: "job_" + "a" * 16, SERVICE: "env_" + "a" * 16 + ".web",
           OPERATION: "op_" + "a" * 16}


def kind_of(path):
    """What a path's parameter names."""
    if path.startswith("/environments/") or "{envId}" in path:
        return ENVIRONMENT
    if path.startswith("/services/"):
        return SERVICE
    if path.startswith("/operations/"):
        return OPERATION
    return JOB if "{jobId}" in path else DEPLOYMENT


def names_an_object(route):
    """In its path; a tool's name is nobody's, a registry's the world's. Tools are held against their routes by mcp_test."""
    return "{" in route[1] and not route[1].startswith(("/mcp/", "/registries/"))


def without_request_id(answer):
    """What a caller can tell apart, but for what must differ."""
    headers = {k: v for k, v in answer.headers.items() if k.lower() not in ("date", "x-request-id", "connection")}
    headers = {k: v for k, v in headers.items() if not k.startswith("RateLimit")}
    return answer.status, headers, re.sub(rb'"requestId":"[^"]*"', b'"requestId":""', answer.body)


class Routes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        house.needs_database()
        cls.house = own = cls.enterClassContext(house.House(STABILITY_WINDOW="0s"))
        own.start()
        own.wait_at_the_door()
        document = own.call("GET", "/openapi.json", key=None).json
        cls.routes = [(method.upper(), path, operation) for path, methods in document["paths"].items() for method, operation in methods.items()]
        cls.guarded = [r for r in cls.routes if r[2].get("security") != []]
        cls.foreigner = own.make_key("foreigner", user="foreigner")
        cls.own = cls.make_objects(own, own.key)
        cls.foreign = cls.make_objects(own, cls.foreigner)
        cls.deleted, cls.foreign_deleted = cls.make_objects(own, own.key), cls.make_objects(own, cls.foreigner)
        own.delete_environment(cls.deleted[ENVIRONMENT])
        own.delete_environment(cls.foreign_deleted[ENVIRONMENT], key=cls.foreigner)

    @staticmethod
    def make_objects(own, key):
        environment = own.make_environment(key=key)
        accepted = own.ok("POST", "/deployments", {"environmentId": environment, "image": "registry.example/web:1",
                                                   "volumes": [{"name": "data", "mountPath": "/data", "shared": True}]}, key=key)
        house.eventually(lambda: own.ok("GET", f"/deployments/job/{accepted['jobId']}?wait=10s", key=key)["deployment"]["status"] == "RUNNING", "RUNNING")
        applied = own.ok("PUT", f"/environments/{environment}/application", {"compose": "services: {side: {image: registry.example/side:1}}"}, key=key)
        operation = applied["operation"]["id"]
        house.eventually(lambda: own.ok("GET", f"/operations/{operation}?wait=10s", key=key)["operation"]["status"] == "SUCCEEDED", "SUCCEEDED")
        return {ENVIRONMENT: environment, DEPLOYMENT: accepted["deploymentId"], JOB: accepted["jobId"], SERVICE: environment + ".web", OPERATION: operation}

    def body_of(self, operation, objects):
        """A body that is right for the operation, naming these objects."""
        reference = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {}).get("$ref", "")
        return {"CreateEnvironment": {"name": "by-" + self.id().rsplit("_", 1)[1][:30]},
                "CreateDeployment": {"environmentId": objects[ENVIRONMENT], "image": "registry.example/web:1", "name": "other"},
                "PutApplication": {"compose": "services: {side: {image: registry.example/side:1}}"},
                "PublishEnvironment": {"domain": "shop.example.org"},
                "PutDomain": {"service": "web"},
                "PutRegistry": {"username": "alice", "password": "s3cret"},
                "RevokeKey": {"keyId": "a" * 16},
                "RollbackDeployment": {},
                "UpdateService": {"tag": "2"},
                "DeployService": {},
                "ScaleDeployment": {"replicas": 2}}.get(reference.rsplit("/", 1)[-1])

    def ask(self, route, objects, **options):
        method, path, operation = route
        path = re.sub(r"\{\w+\}", lambda _: objects[kind_of(path)], path.replace("/{name}", "/data?confirm=data").replace("/{domain}", "/shop.example.org").replace("/{registry}", "/ghcr.io"))
        return self.house.call(method, path, self.body_of(operation, objects), **options)

    def each(self, routes, check):
        for route in routes:
            with self.subTest(route=f"{route[0]} {route[1]}"):
                check(route)

    def test_there_are_the_contracts_routes(self):
        self.assertEqual(52, len(self.routes), [r[:2] for r in self.routes])
        self.assertEqual({"/", "/health", "/openapi.json", "/docs", "/auth/verify", "/telegram/webhook"}, {path for _, path, operation in self.routes if operation.get("security") == []})

    def test_without_a_key_no_route_is_served(self):
        def check(route):
            answers = [self.ask(route, objects, key=None) for objects in (self.own, self.foreign, MISSING)]
            self.assertEqual(1, len({without_request_id(a)[2] for a in answers}))
            self.assertEqual((401, 401, "Bearer"), (answers[0].status, answers[0].problem["status"], answers[0].headers["WWW-Authenticate"]))
        self.each(self.guarded, check)

    def test_every_cause_of_a_bad_key_gets_one_answer(self):
        revoked = self.house.make_key("revoked")
        self.assertEqual(200, self.house.call("GET", "/auth/keys", key=revoked).status)
        self.house.ok("POST", "/auth/revoke", {"keyId": revoked.removeprefix("rw_prod_").split(".")[0]})
        id = self.house.key[:self.house.key.index(".")]
        bad = (None, "nonsense", f"{id}." + "a" * 32, "rw_prod_" + "a" * 16 + "." + "a" * 32, self.house.key + "x", revoked)
        answers = [self.house.call("GET", "/environments", key=key) for key in bad]
        self.assertEqual([401] * len(bad), [a.status for a in answers])
        self.assertEqual(1, len({str(without_request_id(a)) for a in answers}), answers)

    def test_a_key_without_the_scope_is_refused_whatever_it_asks_for(self):
        def check(route):
            said = re.search(r"Scope: (\w+)", route[2]["description"])
            if not said:
                self.assertRegex(route[2]["description"], r"Any key\.$")
                return
            scope = said[1]
            self.assertIn(scope, house.ALL_SCOPES)
            answers = [self.ask(route, objects, key=self.key_without(scope)) for objects in (self.own, self.foreign, MISSING)]
            self.assertEqual([403] * 3, [a.status for a in answers])
            self.assertEqual(1, len({without_request_id(a)[2] for a in answers}))
        self.each(self.guarded, check)

    keys = {}

    def key_without(self, scope):
        if scope not in self.keys:
            self.keys[scope] = self.house.make_key("without", [s for s in house.ALL_SCOPES if s != scope])
        return self.keys[scope]

    def test_foreign_missing_and_deleted_objects_cannot_be_told_apart(self):
        named = [r for r in self.guarded if names_an_object(r) or r[2]["operationId"] == "createDeployment"]
        self.assertEqual(33, len(named))

        def check(route):
            missing, *others = (without_request_id(self.ask(route, o)) for o in (MISSING, self.foreign, self.foreign_deleted, self.deleted))
            self.assertEqual(404, missing[0], missing)
            for other in others:
                self.assertEqual(missing, other)
            malformed = self.ask(route, {k: "x" for k in MISSING})
            self.assertIn(malformed.status, (400, 404))
        self.each(named, check)
        path = f"/deployments/{self.foreign[DEPLOYMENT]}"
        self.assertEqual("RUNNING", self.house.ok("GET", path, key=self.foreigner)["deployment"]["status"])

    def test_a_rollback_to_a_foreign_release_is_a_rollback_to_none(self):
        path = f"/deployments/{self.own[DEPLOYMENT]}/rollback"
        foreign, missing = (self.house.call("POST", path, {"to": o[DEPLOYMENT]}) for o in (self.foreign, MISSING))
        self.assertIn(foreign.status, (404, 409))
        self.assertEqual(without_request_id(missing), without_request_id(foreign))

    def test_own_objects_are_served_and_lists_hold_nothing_foreign(self):
        def check(route):
            answer = self.ask(route, self.own)
            self.assertEqual(200, answer.status, answer)
            for foreign in self.foreign.values():
                self.assertNotIn(foreign.encode(), answer.body)
        self.each([r for r in self.guarded if r[0] == "GET"], check)

    def test_lifecycle_calls_of_an_own_object_are_accepted_or_a_conflict(self):
        own = self.make_objects(self.house, self.house.key)
        methods = ("PUT", "POST", "DELETE")  # what is put is there to be deleted
        routes = sorted((r for r in self.guarded if r[0] in methods), key=lambda r: (methods.index(r[0]), r[1]))
        self.each([r for r in routes if names_an_object(r) and r[1] != "/environments/{id}" and kind_of(r[1]) != SERVICE],
                  lambda route: self.assertIn(self.ask(route, own).status, (max(s for s in map(int, route[2]["responses"]) if s < 300), 409)))
        self.house.delete_environment(own[ENVIRONMENT])

    def test_a_revoked_key_belongs_to_its_user_alone(self):
        mine = self.house.key.removeprefix("rw_prod_").split(".")[0]
        foreign, missing = (self.house.call("POST", "/auth/revoke", {"keyId": id}, key=self.foreigner) for id in (mine, "a" * 16))
        self.assertEqual(404, foreign.status, foreign)
        self.assertEqual(without_request_id(missing), without_request_id(foreign))
        self.assertEqual(200, self.house.call("GET", "/auth/keys").status)

    def test_values_of_environment_variables_are_never_shown(self):
        environment = self.house.make_environment()
        deployment = self.house.run_release(environment, "registry.example/web:1", envVars={"TOKEN": "hunter2hunter2"})
        for path in (f"/deployments/{deployment['id']}", f"/deployments/{deployment['id']}/events", f"/deployments/environment/{environment}"):
            self.assertNotIn("hunter2hunter2", self.house.call("GET", path).body.decode())
        self.assertNotIn("hunter2hunter2", self.house.log())
        self.house.delete_environment(environment)

    def test_no_key_reaches_a_log(self):
        secret = self.house.key.split(".")[1]
        self.house.call("GET", "/environments")
        self.assertNotIn(secret, self.house.log())


class Replays(unittest.TestCase):
    def one(self, **settings):
        house.needs_database()
        return self.enterContext(house.House(STABILITY_WINDOW="0s", **settings))

    def test_the_same_key_and_body_give_the_first_answer_again_and_do_nothing_twice(self):
        own = self.one().start()
        environment = own.make_environment()
        body = {"environmentId": environment, "image": "registry.example/web:1"}
        key = {"Idempotency-Key": "once"}
        first = own.call("POST", "/deployments", body, headers=key)
        reordered = json.dumps(dict(reversed(body.items())), indent=2).encode()
        again = own.call("POST", "/deployments", reordered, headers={**key, "Content-Type": "application/json"})
        self.assertEqual((202, first.body, "true"), (again.status, again.body, again.headers["Idempotency-Replayed"]))
        other = own.call("POST", "/deployments", {**body, "tag": "2", "image": "registry.example/web"}, headers=key)
        self.assertEqual(422, other.status, other)
        elsewhere = own.call("POST", "/environments", {"name": "x"}, headers=key)
        self.assertEqual(422, elsewhere.status, elsewhere)
        stranger = own.make_key("stranger", user="stranger")
        self.assertEqual(404, own.call("POST", "/deployments", body, headers=key, key=stranger).status)
        self.assertEqual(1, len(own.ok("GET", f"/deployments/environment/{environment}")["deployments"]))

    def test_of_many_at_once_one_is_carried_out(self):
        own = self.one().start()
        environment = own.make_environment()
        body = {"environmentId": environment, "image": "registry.example/web:1"}
        with concurrent.futures.ThreadPoolExecutor(20) as pool:
            answers = list(pool.map(lambda _: own.call("POST", "/deployments", body, headers={"Idempotency-Key": "race"}), range(40)))
        self.assertLessEqual({a.status for a in answers}, {202, 409})
        self.assertEqual(1, len({a.body for a in answers if a.status == 202}))
        self.assertEqual(1, len(own.ok("GET", f"/deployments/environment/{environment}")["deployments"]))

    def test_a_replay_survives_kill_9_before_and_after_each_boundary_of_its_request(self):
        own = self.one()
        own.start()
        environment = own.make_environment()
        own.terminate()
        deaths, answered = 0, False
        while not answered:
            name = f"s{deaths}"
            body = {"environmentId": environment, "image": "registry.example/web:1", "name": name}
            post = lambda: own.call("POST", "/deployments", body, headers={"Idempotency-Key": name})
            own.launch(TROUPE_FAILPOINT_ANY=deaths + 1)
            first = None
            with contextlib.suppress(OSError, http.client.HTTPException, AssertionError):
                own.wait_until_healthy()
                first = post()
            answered = first is not None and first.status == 202 and own.running()
            own.kill()
            own.start()
            again = post()
            self.assertEqual(202, again.status, again)
            if first and first.status == 202:
                self.assertEqual(first.json["jobId"], again.json["jobId"])
            self.assertEqual("RUNNING", own.settle(again.json)["status"])
            listed = own.ok("GET", f"/deployments/environment/{environment}?limit=200")["deployments"]
            self.assertEqual([again.json["deploymentId"]], [d["id"] for d in listed if d["name"] == name])
            own.ok("DELETE", f"/deployments/{again.json['deploymentId']}")
            own.reaches(again.json["deploymentId"], "REMOVED")
            own.terminate()
            deaths += not answered
            self.assertLess(deaths, 60)
        print(f"killed at {deaths} boundaries up to the answer")
        self.assertGreater(deaths, 3, "are failpoints compiled in?")

    def test_a_replay_whose_first_answer_was_lost_tells_what_became_of_the_deployment(self):
        own = self.one()
        own.start()
        environment = own.make_environment()
        own.kill()
        own.start(TROUPE_FAILPOINT="deployment.after_save")
        post = lambda: own.call("POST", "/deployments", {"environmentId": environment, "image": "registry.example/missing:1"}, headers={"Idempotency-Key": "lost"})
        with contextlib.suppress(OSError, http.client.HTTPException):
            self.assertGreaterEqual(post().status, 500)
        own.process.wait(10)
        own.kill()
        own.start()
        listed = lambda: own.ok("GET", f"/deployments/environment/{environment}")["deployments"]
        house.eventually(lambda: [d["status"] for d in listed()] == ["FAILED"], "it fails")
        again = post()
        self.assertEqual((202, listed()[0]["id"]), (again.status, again.json.get("deploymentId")), again)
        self.assertEqual(1, len(listed()))

    def test_deployments_are_limited_by_the_minute_and_the_answer_says_when_to_come_back(self):
        own = self.one(DEPLOYMENTS_PER_MINUTE=2).start()
        environment = own.make_environment()
        body = lambda n: {"environmentId": environment, "image": "registry.example/web:1", "name": f"s{n}"}
        post = lambda n: own.call("POST", "/deployments", body(n), headers={"Idempotency-Key": f"k{n}"})
        one, replayed, two, three = post(1), post(1), post(2), post(3)
        self.assertEqual((one.status, one.body), (replayed.status, replayed.body))
        # A replay does nothing, so it costs nothing.
        self.assertEqual([(202, "2", "1"), (202, "2", "0"), (429, "2", "0")],
                         [(a.status, a.headers["RateLimit-Limit"], a.headers["RateLimit-Remaining"]) for a in (one, two, three)])
        self.assertEqual(429, three.problem["status"])
        self.assertTrue(1 <= int(three.headers["Retry-After"]) <= 60)
        self.assertTrue(1 <= int(three.headers["RateLimit-Reset"]) <= 60)
        stranger = own.make_key("stranger", user="stranger")
        self.assertEqual(404, own.call("POST", "/deployments", body(9), key=stranger).status)  # has a quota of its own


if __name__ == "__main__":
    house.main()
