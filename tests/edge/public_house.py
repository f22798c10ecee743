"""A Troupe with an edge and an authority of its own: everything between POST …/public and a page over verified HTTPS."""
import contextlib
import secrets

from edge_container import Edge, acme, house

PLATFORM = "troupe.example"


class PublicHouse:
    """Use as a context manager. `house`, `edge` and `pebble` are the parts."""

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

    def page(self, domain, path="/"):
        answer = self.edge.get(domain, path)
        return answer and (answer.status, answer.body.decode().strip())
