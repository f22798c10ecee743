"""kill -9 between any two steps of a domain's life: claim, check, order, service, release. It must end as if nothing had happened.

Once undisturbed, which counts the boundaries; then killed at each of them (TROUPE_EDGE_KILLS, default 10, spread evenly; `all`).
On the simulated engine all of them: there the edge dies with the process and must be rebuilt from the rows alone.
"""
import collections
import contextlib
import http.client
import os
import unittest

from edge_container import house, main, needs_edge
from public_house import PublicHouse

KILLS = os.environ.get("TROUPE_EDGE_KILLS", "10")


class Life:
    """Tells one domain's life against a server that may die at any moment."""

    def __init__(self, own, domain):
        self.house, self.domain, self.deaths = own, domain, 0

    def insist(self, method, path, body=None, key=None):
        def answered():
            if not self.house.running():
                assert self.house.process.returncode == -9, self.house.log()[-2000:]
                self.deaths += 1
                self.house.kill()
                self.house.launch()
            with contextlib.suppress(OSError, http.client.HTTPException):
                answer = self.house.call(method, path, body, headers={"Idempotency-Key": key} if key else None)
                return answer if answer.status < 400 or answer.status == 404 else None
        return house.eventually(answered, f"{method} {path}", 90)

    def tell(self, environment, page=None):
        self.insist("POST", f"/environments/{environment}/public", {"domain": self.domain}, key="claim-" + self.domain)
        path = f"/environments/{environment}"
        house.eventually(lambda: self.insist("GET", path).json["environment"]["domain"]["status"] == "ACTIVE", f"{self.domain} is ACTIVE", 90, every=0.1)
        if page:
            house.eventually(page, f"{self.domain} answers")
        self.insist("DELETE", path + "/public", key="release-" + self.domain)
        house.eventually(lambda: self.insist("GET", path).json["environment"]["domain"] is None, f"{self.domain} is released", 30)


def boundaries(log):
    """name:N of each edge boundary that was passed."""
    counts, out = collections.Counter(), []
    for name in log.read_text().split():
        if name.startswith("edge."):
            counts[name] += 1
            out.append(f"{name}:{counts[name]}")
    return out


def spread(points):
    if KILLS == "all" or len(points) <= int(KILLS):
        return points
    count = int(KILLS)
    return [points[i * (len(points) - 1) // (count - 1)] for i in range(count)]


class Kill9(unittest.TestCase):
    def test_on_the_simulated_engine_at_every_boundary(self):
        house.needs_database()
        with house.House() as own:
            log = own.directory / "hits"
            own.start(TROUPE_FAILPOINT_LOG=log)
            environment = own.make_environment()
            log.write_text("")
            Life(own, "a.example.org").tell(environment)
            points = boundaries(log)
            self.assertGreater(len(points), 10)
            killed = 0
            for n, point in enumerate(points):
                own.kill()
                own.launch(TROUPE_FAILPOINT=point)
                own.wait_until_answering()
                life = Life(own, f"n{n}.example.org")
                life.tell(environment)
                killed += life.deaths
            self.assertGreaterEqual(killed, len(points) // 2, "a kill that never comes shows nothing")

    def test_on_a_real_edge_between_any_two_steps(self):
        needs_edge()
        house.needs_engine()
        with PublicHouse() as all:
            own, environment = all.house, all.web()
            log = own.directory / "hits"
            own.kill()
            own.start(TROUPE_FAILPOINT_LOG=log)
            log.write_text("")

            def tell(domain):
                all.pebble.set_address(domain, house.HOST_IP)
                life = Life(own, domain)
                life.tell(environment, lambda: self.page(all, domain) == (200, "web 1"))
                return life.deaths
            # How often the edge is looked at depends on the machine: what the shorter of two lives comes to, others come to as well.
            lives = []
            for domain in ("undisturbed.tenant.example", "again.tenant.example"):
                log.write_text("")
                tell(domain)
                lives.append(boundaries(log))
            points = min(lives, key=len)
            killed = 0
            for n, point in enumerate(spread(points)):
                own.kill()
                own.launch(TROUPE_FAILPOINT=point)
                own.wait_until_answering()
                killed += tell(f"n{n}.tenant.example")
            self.assertGreaterEqual(killed, len(spread(points)) // 2)
            known = set(own.sql("SELECT id FROM sites").split())  # the platform's own

            def clean():
                state = all.edge("state")
                return not {*state["sites"], *state["certificates"]} - known
            house.eventually(clean, "nothing of a released domain is left", 20, every=0.5)
            joined = all.house.docker.inspect("container", all.edge.name)["NetworkSettings"]["Networks"]
            self.assertEqual([], [n for n in joined if n.startswith("troupe-") and n != all.edge.name])

    def page(self, all, domain):
        with contextlib.suppress(OSError):
            return all.page(domain)


if __name__ == "__main__":
    main()
