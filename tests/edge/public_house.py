"""A Troupe with an edge and an authority of its own: everything between POST …/public and a page over verified HTTPS."""
import contextlib
import secrets

from edge_container import Edge, acme, house

PLATFORM = "troupe.example"


class PublicHouse:
    """Use as a context manager. `house`, `edge` and `pebble` are the parts."""

    # With one, and without a port of the host's, an update starts the new task first and waits until it is well.
    CHECK = {"http": {"port": 8080, "path": "/"}, "intervalSeconds": 1, "timeoutSeconds": 3, "startPeriodSeconds": 1}

    def __init__(self, pebble=None, **settings):
        self.stack = contextlib.ExitStack()
        self.given, self.settings = pebble, settings

    def __enter__(self):
        with self.stack:
            self.pebble = self.given or self.stack.enter_context(acme.Pebble())
            self.house = self.stack.enter_context(house.House(house.ENGINE, BIND_ADDRESS="0.0.0.0"))
            self.edge = self.stack.enter_context(Edge(self.pebble, instance=self.house.instance))
            self.house.settings |= {
                "EDGE_CONTAINER": self.edge.name, "EDGE_ADDRESSES": house.HOST_IP, "EDGE_UPSTREAM": f"{acme.GATEWAY}:{self.house.port}",
                "PUBLIC_BASE_URL": f"https://{PLATFORM}", "ACME_DIRECTORY_URL": self.pebble.directory, "ACME_CA_BUNDLE": self.pebble.ca_file, **self.settings}
            self.house.start()
            self.stack = self.stack.pop_all()
        return self

    def __exit__(self, *error):
        return self.stack.__exit__(*error)

    def serves_platform(self):
        """Troupe's own name leads here; waits until it is answered."""
        self.pebble.set_address(PLATFORM, house.HOST_IP)

        def healthy():
            with contextlib.suppress(OSError):
                return self.edge.get(PLATFORM, "/health")
        return house.eventually(healthy, "the platform answers under its name", 120, every=1)

    def name(self, leads_here=True):
        name = f"n{secrets.token_hex(4)}.tenant.example"
        if leads_here:
            self.pebble.set_address(name, house.HOST_IP)
        return name

    def domain(self, environment):
        return self.house.ok("GET", f"/environments/{environment}")["environment"]["domain"]

    def publish(self, environment, domain, **body):
        return self.house.ok("POST", f"/environments/{environment}/public", {"domain": domain, **body})

    def becomes(self, environment, status, within=60):
        return house.eventually(lambda: (d := self.domain(environment)) and d["status"] == status and d, f"the domain of {environment} becomes {status}", within,
                                every=0.1)

    def web(self, environment=None, tag="1", **body):
        """An environment with a web server in it."""
        environment = environment or self.house.make_environment()
        body.setdefault("ports", [{"container": 8080}])
        body.setdefault("name", "web")
        self.house.run_release(environment, f"{house.REGISTRY}/web", tag=tag, **body)
        return environment

    def update(self, environment, tag, **body):
        """The web server's next release, once it serves alone."""
        body = {"name": "web", "ports": [{"container": 8080}], "healthCheck": self.CHECK, **body}
        deployment = self.house.run_release(environment, f"{house.REGISTRY}/web", tag=tag, **body)
        self.has_tasks(deployment, deployment["replicas"])
        return deployment

    def scale(self, deployment, replicas):
        self.house.ok("POST", f"/deployments/{deployment['id']}/scale", {"replicas": replicas})
        self.has_tasks(deployment, replicas)

    def restart(self, deployment):
        """Once none of its former containers is left."""
        before = set(self.containers(deployment))
        self.house.ok("POST", f"/deployments/{deployment['id']}/restart")
        house.eventually(lambda: not before & set(self.containers(deployment)), "the former containers are gone", 60)
        self.has_tasks(deployment, deployment["replicas"])

    def has_tasks(self, deployment, count):
        house.eventually(lambda: len(self.containers(deployment)) == count and self.house.deployment(deployment["id"])["status"] == "RUNNING",
                         f"{deployment['id']} has {count} containers", 60)

    def containers(self, deployment):
        """Ids of the service's running ones, of whatever release."""
        environment = f"label=com.troupe.environment={deployment['environmentId']}"
        return self.house.docker.list("container", environment, f"label=com.troupe.service={deployment['name']}", "status=running")

    def page(self, domain, path="/"):
        answer = self.edge.get(domain, path)
        return answer and (answer.status, answer.body.decode().strip())
