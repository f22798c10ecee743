"""The main job, told from outside on a real Swarm, with the docker client as witness."""
import re
import time
import unittest
import urllib.request

import house


class Story(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        house.needs_engine()
        cls.house = cls.enterClassContext(house.House(house.ENGINE))
        cls.house.start()
        cls.docker = cls.house.docker

    @classmethod
    def tearDownClass(cls):
        left = cls.docker.left_over()
        assert not left, f"left in Docker after every environment was deleted: {left}"

    def setUp(self):
        self.environment = self.house.make_environment()

    def tearDown(self):
        self.house.delete_environment(self.environment)
        for kind in ("service", "container", "network", "volume"):
            self.assertEqual([], self.docker.list(kind, f"label=com.troupe.environment={self.environment}"), kind)

    def containers(self, deployment):
        return self.docker.containers(f"label=com.troupe.deployment={deployment}")

    def running(self, deployment):
        return [c for c in self.containers(deployment) if c["State"]["Running"]]

    def run_nginx(self, **body):
        port = house.free_ports(1)[0]
        deployment = self.house.run_release(
            self.environment, f"{house.REGISTRY}/nginx", tag="1", name="front", replicas=1, envVars={"COLOUR": "blue {{x}}"},
            ports=[{"container": 80, "host": port}], volumes=[{"name": "data", "mountPath": "/data"}], **body)
        return deployment, port

    def page(self, port):
        with urllib.request.urlopen(f"http://{house.HOST_IP}:{port}/", timeout=5) as answer:
            return answer.read().decode()

    def test_an_nginx_image_runs_as_asked_and_is_reached_at_its_host_port(self):
        deployment, port = self.run_nginx()
        self.assertIn("Welcome to nginx!", self.page(port))
        self.assertEqual([{"container": 80, "host": port, "protocol": "tcp", "mode": "host", "bound": True}], deployment["ports"])
        self.assertRegex(deployment["imageDigest"], "^sha256:[0-9a-f]{64}$")
        self.assertEqual("ok", deployment["health"])
        self.assertEqual(["running"], [c["status"] for c in deployment["containers"]])
        [container] = self.running(deployment["id"])
        self.assertIn("COLOUR=blue {{x}}", container["Config"]["Env"])
        labels = container["Config"]["Labels"]
        self.assertEqual((self.house.instance, self.environment, "front", deployment["id"]),
                         tuple(labels["com.troupe." + x] for x in ("instance", "environment", "service", "deployment")))
        bare = self.environment.split("_")[1]
        service = self.docker.inspect("service", f"{bare}-front")
        self.assertEqual(self.environment, service["Spec"]["Labels"]["com.troupe.environment"])
        network = self.docker.inspect("network", self.house.ok("GET", f"/environments/{self.environment}")["environment"]["overlayNetworkId"])
        self.assertEqual(("overlay", f"troupe-{bare}", self.environment),
                         (network["Driver"], network["Name"], network["Labels"]["com.troupe.environment"]))
        volume = self.docker.inspect("volume", f"troupe-{bare}-data")
        self.assertEqual(self.environment, volume["Labels"]["com.troupe.environment"])
        template = service["Spec"]["TaskTemplate"]["ContainerSpec"]
        for shown in (labels, service["Spec"]["Labels"], template["Labels"], network["Labels"], volume["Labels"]):
            self.assertNotIn("blue {{x}}", shown.values(), "a tenant's value in a label")
        self.docker("exec", container["Id"], "sh", "-c", "echo kept > /data/file")  # writable for the container's user

    def test_every_container_is_hardened_at_its_creation_after_an_update_and_after_a_rollback(self):
        first, port = self.run_nginx()
        self.is_hardened(first["id"])
        second = self.house.run_release(self.environment, f"{house.REGISTRY}/nginx", tag="1", name="front", envVars={"COLOUR": "green"},
                                        ports=[{"container": 80, "host": port}], volumes=[{"name": "data", "mountPath": "/data"}])
        self.is_hardened(second["id"])
        third = self.house.settle(self.house.ok("POST", f"/deployments/{second['id']}/rollback"))
        self.assertEqual(("RUNNING", first["id"]), (third["status"], third["rollbackOf"]), third)
        self.is_hardened(third["id"])

    def is_hardened(self, deployment):
        [container] = self.running(deployment)
        host = container["HostConfig"]
        self.assertTrue(host["ReadonlyRootfs"])
        self.assertFalse(host["Privileged"])
        self.assertEqual((256, 512 << 20), (host["PidsLimit"], host["Memory"]))
        self.assertEqual({"max-size": "10m", "max-file": "3"}, host["LogConfig"]["Config"])
        self.assertNotIn(container["Config"]["User"].split(":")[0], ("", "0", "root"))
        inside = house.ROOT / "docker/private-engine"
        status = (house.as_root(inside, "exec", house.ENGINE_DIR, "cat", f"/proc/{container['State']['Pid']}/status") if house.ENGINE_DIR
                  else house.as_root("cat", f"/proc/{container['State']['Pid']}/status"))
        facts = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
        for capabilities in ("CapPrm", "CapEff", "CapAmb"):
            self.assertEqual(0, int(facts[capabilities], 16), capabilities)
        net_bind_service = 1 << 10  # none but this may be had, by a program that the image marks for it
        for capabilities in ("CapInh", "CapBnd"):
            self.assertEqual(0, int(facts[capabilities], 16) & ~net_bind_service, capabilities)
        self.assertEqual(("1", "2"), (facts["NoNewPrivs"], facts["Seccomp"]))
        self.assertNotIn("0", facts["Uid"].split())
        # The group may be 0, as OpenShift has it: it grants what an image gives to that group, and nothing else.
        self.assertEqual({"10001:0"}, {f"{u}:{g}" for u, g in zip(facts["Uid"].split(), facts["Gid"].split())})
        touch = self.docker("exec", container["Id"], "touch", "/usr/share/nginx/html/x", check=False)
        self.assertIn("Read-only file system", touch.stderr)

    def test_the_timeline_tells_each_state_in_the_order_of_life(self):
        deployment, _ = self.run_nginx()
        events = self.house.events(deployment["id"])
        told = [e["status"] for e in events]
        self.assertEqual(["PENDING", "PULLING_IMAGE", "CREATING_VOLUMES", "STARTING_CONTAINERS", "RUNNING"], list(dict.fromkeys(told)))
        self.assertEqual(sorted(told, key=list(dict.fromkeys(told)).index), told)
        self.assertEqual(sorted({e["id"] for e in events}), [e["id"] for e in events])
        self.assertEqual(sorted(e["time"] for e in events), [e["time"] for e in events])
        self.assertIn("volume data created", " ".join(e["detail"] for e in events))

    def test_logs_are_plain_text_without_frame_bytes_and_json_on_request(self):
        deployment, port = self.run_nginx()
        self.page(port)
        path = f"/deployments/{deployment['id']}/logs"

        def seen():
            answer = self.house.call("GET", path, headers={"Accept": "text/plain"})
            return answer if b"GET / HTTP/1.1" in answer.body else None
        text = house.eventually(seen, "the access log line is in the logs")
        self.assertEqual("text/plain; charset=utf-8", text.headers["Content-Type"])
        self.assertIsNone(re.search(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]", text.body), text.body)
        lines = self.house.ok("GET", path + "?tail=50")["lines"]
        access = [line for line in lines if "GET / HTTP/1.1" in line["message"]]
        self.assertEqual(("stdout", "front.1"), (access[0]["stream"], access[0]["container"]))
        self.assertEqual(1, len(self.house.ok("GET", path + "?tail=1")["lines"]))
        self.assertEqual([], self.house.ok("GET", path + "?since=2100-01-01T00:00:00Z")["lines"])

    def test_a_second_release_serves_without_one_failed_request_and_a_rollback_brings_image_and_configuration_back(self):
        web = f"{house.REGISTRY}/web"
        first = self.house.run_release(self.environment, web, tag="1", name="api", replicas=2, envVars={"COLOUR": "blue"})
        # A fresh look-up each time, and the next address where one does not answer, as clients do. (Debian's static busybox dies
        # of look-ups inside wget.)
        loop = ("while :; do said=; for a in $(nslookup api 2>/dev/null | sed -n 's/^Address: //p'); do "
                "said=$(printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc -w 3 $a 8080 2>/dev/null | grep ^web) && break; done; "
                "echo ${said:-FAILED}; sleep 0.02; done")
        client = self.house.run_release(self.environment, web, tag="1", name="client", command=["sh", "-c", loop])
        heard = lambda: self.house.call("GET", f"/deployments/{client['id']}/logs?tail=10000", headers={"Accept": "text/plain"}).body.decode()
        house.eventually(lambda: "web 1" in heard(), "the client reaches the first release")
        second = self.house.run_release(self.environment, web, tag="2", name="api", replicas=2, envVars={"COLOUR": "green"})
        self.assertEqual("SUPERSEDED", self.house.reaches(first["id"], "SUPERSEDED", 10)["status"])
        house.eventually(lambda: not self.running(first["id"]), "the former release's containers end", within=20)
        house.eventually(lambda: heard().endswith("web 2\n"), "the client reaches the second release")
        accepted = self.house.ok("POST", f"/deployments/{second['id']}/rollback")
        third = self.house.settle(accepted)
        self.assertEqual(("RUNNING", first["id"]), (third["status"], third["rollbackOf"]), third)
        self.assertNotIn(third["id"], (first["id"], second["id"]))
        self.assertEqual(f"{web}:1@{first['imageDigest']}", third["image"])  # the very image, whatever the tag means by now
        running = self.running(third["id"])
        self.assertEqual(2, len(running))
        for container in running:
            self.assertIn("COLOUR=blue", container["Config"]["Env"])
        house.eventually(lambda: heard().endswith("web 1\n"), "the client reaches the first release again")
        answers = heard().split("\n")
        self.assertEqual(0, answers.count("FAILED"), f"{answers.count('FAILED')} of {len(answers)} requests failed")
        self.assertGreater(answers.count("web 2"), 10)
        listed = self.house.ok("GET", f"/deployments/environment/{self.environment}")["deployments"]
        self.assertEqual([third["id"], second["id"], client["id"], first["id"]], [d["id"] for d in listed])
        bare = self.environment.split("_")[1]
        self.assertEqual({f"{bare}-api", f"{bare}-client"}, set(self.docker("service", "ls", "--filter", self.docker.own, "--filter",
                         f"label=com.troupe.environment={self.environment}", "--format", "{{.Name}}").split()))

    def test_scale_stop_start_restart_and_delete_do_what_they_say(self):
        deployment = self.house.run_release(self.environment, f"{house.REGISTRY}/web", tag="1", name="api",
                                            volumes=[{"name": "kept", "mountPath": "/data", "shared": True}])
        id, order = deployment["id"], lambda verb, body=None: self.house.ok("POST", f"/deployments/{deployment['id']}/{verb}", body)
        order("scale", {"replicas": 3})
        house.eventually(lambda: len(self.running(id)) == 3, "three containers run")
        house.eventually(lambda: [c["status"] for c in self.house.deployment(id)["containers"]].count("running") == 3, "the API shows three")
        order("stop")
        self.house.reaches(id, "STOPPED")
        self.assertEqual([], self.running(id))
        order("start")
        self.house.reaches(id, "RUNNING")
        house.eventually(lambda: len(self.running(id)) == 3, "three containers run again")
        before = {c["Id"] for c in self.running(id)}
        order("restart")
        house.eventually(lambda: len(now := {c["Id"] for c in self.running(id)}) == 3 and not now & before, "three new containers run", 60)
        self.assertEqual("RUNNING", self.house.deployment(id)["status"])
        self.house.ok("DELETE", f"/deployments/{id}")
        self.house.reaches(id, "REMOVED")
        mine = f"label=com.troupe.environment={self.environment}"
        self.assertEqual([], self.docker.list("service", mine))
        self.assertEqual([], self.docker.list("container", mine))
        self.assertEqual(1, len(self.docker.list("volume", mine)))

    def test_a_deleted_environment_is_gone_and_its_name_is_free(self):
        name = "story-" + str(time.monotonic_ns() % 10**9)
        other = self.house.make_environment(name)
        self.assertEqual(409, self.house.call("POST", "/environments", {"name": name}).status)
        self.house.run_release(other, f"{house.REGISTRY}/web", tag="1", volumes=[{"name": "kept", "mountPath": "/data"}])
        self.house.delete_environment(other)
        for kind in ("service", "container", "network", "volume"):
            self.assertEqual([], self.docker.list(kind, f"label=com.troupe.environment={other}"), kind)
        self.house.delete_environment(self.house.make_environment(name))


if __name__ == "__main__":
    house.main()
