"""No request of a domain's visitors is lost while the service behind it changes, or a neighbour's domain comes and goes.

4 releases of which half die at once; 50, and 10,000 requests, with TROUPE_LONG=1.
"""
import itertools
import os
import unittest

from edge_container import house, main, needs_edge
from load import Load
from public_house import PublicHouse

RELEASES, REQUESTS = (50, 10_000) if os.environ.get("TROUPE_LONG") else (4, 0)


class NoRequestLost(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        needs_edge()
        house.needs_engine()
        cls.all = cls.enterClassContext(PublicHouse())

    def test_updates_a_scale_and_a_neighbour_lose_no_request(self):
        all, behind = self.all, None
        environment, neighbour = (all.web(healthCheck=all.CHECK) for _ in range(2))
        domain, live = all.name(), all.name()
        all.publish(environment, domain)
        all.becomes(environment, "ACTIVE")
        house.eventually(lambda: all.page(domain) == (200, "web 1"), "the domain is served")
        with Load(all.edge, domain, ("web 1", "web 2"), rate=20) as load:
            for tag in ("2", "1"):
                behind = all.update(environment, tag)
            all.scale(behind, 3)
            all.scale(behind, 1)
            all.publish(neighbour, live)
            all.becomes(neighbour, "ACTIVE")
            all.house.ok("DELETE", f"/environments/{neighbour}/public")
        self.assertEqual([], load.failures)
        self.assertGreater(load.answers["web 1"], 0)
        self.assertGreater(load.answers["web 2"], 0)

    def test_releases_that_die_at_once_lose_no_request(self):
        all = self.all
        environment, domain = all.web(), all.name()
        all.publish(environment, domain)
        all.becomes(environment, "ACTIVE")
        house.eventually(lambda: all.page(domain) == (200, "web 1"), "the domain is served")
        releases = itertools.cycle(itertools.product((None, all.CHECK), (self.dies, self.serves)))
        done = 0
        with Load(all.edge, domain, ("web 1", "web 2"), rate=20) as load:
            while done < RELEASES or load.sent < REQUESTS:
                check, release = next(releases)
                release(environment, str(done // 2 % 2 + 1), healthCheck=check)
                done += 1
        print(f"{done} releases, {load.sent} requests, {len(load.failures)} lost, {load.reconnects} connections made again")
        self.assertEqual([], load.failures)
        self.assertGreater(load.answers["web 1"], 0)
        self.assertGreater(load.answers["web 2"], 0)

    def serves(self, environment, tag, **body):
        self.all.update(environment, tag, **body)

    def dies(self, environment, tag, **body):
        dead = self.all.house.deploy(environment, f"{house.REGISTRY}/web", tag=tag, name="web", ports=[{"container": 8080}],
                                     command=["/bin/sh", "-c", "exit 1"], **body)
        self.assertEqual("FAILED", self.all.house.settle(dead)["status"])


if __name__ == "__main__":
    main()
