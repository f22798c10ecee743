"""Each way to fail on a real Swarm is told apart: its own code, hint and `retryable`; nothing half-made stays behind."""
import os
import socket
import unittest

import house


class Failures(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        house.needs_engine()
        cls.house = cls.enterClassContext(house.House(house.ENGINE, START_TIMEOUT="20s", PULL_TIMEOUT="20s"))
        cls.house.start()
        cls.docker = cls.house.docker
        cls.environment = cls.house.make_environment()

    @classmethod
    def tearDownClass(cls):
        cls.house.delete_environment(cls.environment)
        left = cls.docker.left_over()
        assert not left, f"left in Docker: {left}"

    def fails(self, code, retryable, image, former=False, **body):
        """Deploys, and insists on FAILED with this code, and on nothing left of it; the deployment."""
        body = {"name": self.id().rsplit(".", 1)[1].removeprefix("test_").replace("_", "-")[:40].strip("-"), **body}
        deployment = self.house.settle(self.house.deploy(self.environment, image, **body), within=120)
        self.assertEqual("FAILED", deployment["status"], deployment)
        error = deployment["error"]
        self.assertEqual((code, retryable), (error["code"], error["retryable"]), error)
        self.assertEqual(error["message"], deployment["errorMessage"])
        for part in ("message", "hint", "phase"):
            self.assertTrue(error[part], part)
        for raw in ("rpc error", "Error response from daemon", "OCI runtime", "docker.sock", "/var/lib", "containerd"):
            self.assertNotIn(raw, str(error))
        if not former:
            self.assertIsNone(deployment["rolledBackTo"])
            self.assertEqual([], self.docker.list("service", f"label=com.troupe.service={body['name']}"))
        self.assertEqual([], self.docker.list("container", f"label=com.troupe.deployment={deployment['id']}", "status=running"))
        return deployment

    def web(self, tag="1"):
        return f"{house.REGISTRY}/web:{tag}"

    def test_an_unhealthy_spell_under_on_failure_heals(self):
        well = "touch /tmp/well; trap 'exit 0' TERM; (sleep 6; rm /tmp/well) & while :; do sleep 0.1; done"
        deployment = self.house.run_release(self.environment, self.web(), name="spells", command=["/bin/sh", "-c", well],
                                            restartPolicy={"condition": "on-failure"},
                                            healthCheck={"command": ["test", "-e", "/tmp/well"], "intervalSeconds": 1, "retries": 1})
        told = lambda: [e["detail"] for e in self.house.events(deployment["id"])]
        house.eventually(lambda: any("restarting what failed its health check" in line for line in told()), "the spell is told", 40)
        house.eventually(lambda: len(self.docker.list("container", f"label=com.troupe.deployment={deployment['id']}", "status=running")) == 1,
                         "another container runs", 30)
        self.house.ok("DELETE", f"/deployments/{deployment['id']}")
        self.house.reaches(deployment["id"], "REMOVED")

    def test_a_program_that_waits_for_another_is_given_time(self):
        """It ends with an error each second until there is a file in a volume, as a program does until its database answers."""
        with house.House(house.ENGINE, CRASH_PATIENCE="30s") as own:
            own.start()
            environment = own.make_environment()
            try:
                volume = [{"name": "there", "mountPath": "/there", "shared": True}]
                waits = own.deploy(environment, self.web(), name="waits", volumes=volume,
                                   command=["/bin/sh", "-c", "test -e /there/db || { echo no database yet; exit 1; }; sleep 1000"])
                house.eventually(lambda: sum(line["message"] == "no database yet" for line in own.ok("GET", f"/deployments/{waits['deploymentId']}/logs")["lines"]) > 3,
                                 "it has ended four times", 60)
                own.run_release(environment, self.web(), name="db", volumes=volume, command=["/bin/sh", "-c", "touch /there/db; sleep 1000"])
                self.assertEqual("RUNNING", own.settle(waits)["status"])
            finally:
                own.delete_environment(environment)

    def test_a_missing_tag(self):
        error = self.fails("IMAGE_NOT_FOUND", False, self.web("none"))["error"]
        self.assertEqual("PULLING_IMAGE", error["phase"])

    def test_a_missing_repository(self):
        self.fails("IMAGE_NOT_FOUND", False, f"{house.REGISTRY}/nothing:1")

    def test_a_registry_that_wants_credentials(self):
        house.need("TROUPE_TEST_DENIED_REGISTRY")
        self.fails("REGISTRY_DENIED", False, f"{house.DENIED_REGISTRY}/web:1")

    def test_private_registries_are_refused_unless_allowed(self):
        for host in ("127.0.0.1:5000", "localhost:5000", "169.254.169.254", "10.0.0.1:5000", "[::1]:5000"):
            with self.subTest(host):
                answer = self.house.call("POST", "/deployments", {"environmentId": self.environment, "image": f"{host}/web:1", "name": "private"})
                if answer.status == 400:
                    continue
                self.assertEqual(202, answer.status, answer)
                error = self.house.settle(answer.json)["error"]
                self.assertEqual(("REGISTRY_DENIED", False), (error["code"], error["retryable"]), error)

    def test_exit_at_once(self):
        error = self.fails("EXITED", False, f"{house.REGISTRY}/crash:1")["error"]
        self.assertIn("3", error["message"])
        self.assertIn("exit code 3", error["detail"])
        self.assertIn("starting", error["detail"])
        self.assertIn("cannot open the database: connection refused", error["detail"])

    def test_out_of_memory(self):
        self.fails("OUT_OF_MEMORY", False, f"{house.REGISTRY}/oom:1", resources={"memoryMb": 32})

    def test_unhealthy(self):
        check = {"command": ["false"], "intervalSeconds": 1, "timeoutSeconds": 1, "retries": 1, "startPeriodSeconds": 0}
        self.fails("UNHEALTHY", False, self.web(), healthCheck=check)

    def test_no_capacity(self):
        self.fails("NO_CAPACITY", True, self.web(), resources={"cpus": 1000})

    def test_an_unknown_user(self):
        self.fails("UNKNOWN_USER", False, self.web(), security={"user": "nosuchuser"})

    def test_a_missing_program(self):
        self.fails("COMMAND_NOT_FOUND", False, self.web(), command=["/no/such/program"])

    def test_a_read_only_root(self):
        error = self.fails("READ_ONLY_FILESYSTEM", False, self.web(), command=["sh", "-c", "echo x > /etc/motd"])["error"]
        self.assertRegex(error["hint"], "readOnlyRootFilesystem|writablePaths")

    def test_a_lacking_capability(self):
        error = self.fails("PERMISSION_DENIED", False, self.web(), command=["sh", "-c", "chown 5 /tmp || exit 1"])["error"]
        self.assertRegex(error["hint"], "security|capabilit|user")

    def test_a_host_port_leased_by_another_service_is_a_conflict_at_once(self):
        port = house.free_ports(1)[0]
        ports = [{"container": 8080, "host": port}]
        first = self.house.run_release(self.environment, self.web(), name="port-holder", ports=ports)
        answer = self.house.call("POST", "/deployments", {"environmentId": self.environment, "image": self.web(), "name": "port-wisher", "ports": ports})
        self.assertEqual(409, answer.status, answer)
        self.assertIn(str(port), str(answer.problem))
        self.house.ok("DELETE", f"/deployments/{first['id']}")
        self.house.reaches(first["id"], "REMOVED")
        self.house.run_release(self.environment, self.web(), name="port-wisher", ports=ports)

    def test_a_host_port_that_a_foreign_container_holds(self):
        port = house.free_ports(1)[0]
        self.docker("pull", "-q", self.web())
        foreign = self.docker("run", "-d", "-p", f"{port}:8080", self.web())  # not ours: it bears no label
        self.addCleanup(self.docker, "rm", "-f", foreign)
        self.fails("PORT_CONFLICT", True, self.web(), ports=[{"container": 8080, "host": port}])
        self.assertEqual("true", self.docker("inspect", "-f", "{{.State.Running}}", foreign))

    def test_a_failed_update_leaves_the_former_release_serving(self):
        first = self.house.run_release(self.environment, self.web(), name="updated", envVars={"COLOUR": "blue"})
        second = self.fails("EXITED", False, f"{house.REGISTRY}/crash:1", former=True, name="updated")
        self.assertEqual(first["id"], second["rolledBackTo"])
        now = self.house.deployment(first["id"])
        self.assertEqual(("RUNNING", "ok"), (now["status"], now["health"]), now)
        running = self.docker.list("container", f"label=com.troupe.deployment={first['id']}", "status=running")
        self.assertEqual(1, len(running))
        self.fails("IMAGE_NOT_FOUND", False, self.web("none"), former=True, name="updated")
        self.assertEqual(running, self.docker.list("container", f"label=com.troupe.deployment={first['id']}", "status=running"))


class UnreachableRegistry(unittest.TestCase):
    def test_an_unreachable_registry(self):
        house.needs_engine()
        house.need("TROUPE_TEST_GATEWAY_IP")
        with socket.socket() as nobody:  # bound, but nobody listens: connection refused
            nobody.bind((os.environ["TROUPE_TEST_GATEWAY_IP"], 0))
            dead = "%s:%d" % nobody.getsockname()
            with house.House(house.ENGINE, PRIVATE_REGISTRIES=dead) as own:
                own.start()
                environment = own.make_environment()
                deployment = own.settle(own.deploy(environment, f"{dead}/web:1"), within=120)
                self.assertEqual("FAILED", deployment["status"])
                error = deployment["error"]
                self.assertEqual(("REGISTRY_UNREACHABLE", True, "PULLING_IMAGE"), (error["code"], error["retryable"], error["phase"]), error)
                own.delete_environment(environment)
                self.assertEqual({}, own.docker.left_over())


if __name__ == "__main__":
    house.main()
