"""No request of a domain's visitors is lost while the service behind it changes, or a neighbour's domain comes and goes."""
import unittest

from edge_container import house, main, needs_edge
from load import Load
from public_house import PublicHouse


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
        house.eventually(lambda: all.page(domain) == (200, "web 1"), "the domain is served", 20)
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


if __name__ == "__main__":
    main()
