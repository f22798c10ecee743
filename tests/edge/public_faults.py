"""A public domain when things go wrong: the authority, the challenge, the container, Troupe itself; and what tenants try."""
import contextlib
import unittest

from edge_container import acme, house, main, needs_edge
from public_house import PublicHouse


class Faults(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        needs_edge()
        house.needs_engine()
        cls.all = cls.enterClassContext(PublicHouse())
        cls.house, cls.edge, cls.pebble = cls.all.house, cls.all.edge, cls.all.pebble

    def setUp(self):
        self.environment, self.domain = self.all.web(), self.all.name()
        self.addCleanup(lambda: self.house.delete_environment(self.environment))

    def serves(self):
        with contextlib.suppress(OSError):
            return self.all.page(self.domain) == (200, "web 1")

    def test_an_authority_that_is_away_is_waited_for_and_named(self):
        self.pebble.stop()
        try:
            self.all.publish(self.environment, self.domain)
            away = house.eventually(lambda: (d := self.all.domain(self.environment))["nextTryAt"] and d["status"] == "ISSUING" and d, "it tells that the authority is away", 60)
            self.assertIn("authority", away["detail"].lower())
        finally:
            self.pebble.start()
        self.all.becomes(self.environment, "ACTIVE", 90)
        self.assertTrue(self.serves())

    def test_everything_is_served_while_troupe_is_down_and_goes_on_after(self):
        self.all.publish(self.environment, self.domain)
        self.all.becomes(self.environment, "ACTIVE")
        self.house.kill()
        try:
            self.assertTrue(self.serves())
            self.edge.restart()
            house.eventually(self.serves, "the domain is served after the edge's restart, without Troupe", 30)
        finally:
            self.house.start()
        self.assertEqual("ACTIVE", self.all.domain(self.environment)["status"])

    def test_a_tenant_gets_nowhere_through_the_edge_on_its_own_network(self):
        victim, theirs = self.all.web(tag="2"), self.all.name()
        self.addCleanup(lambda: self.house.delete_environment(victim))
        self.all.publish(self.environment, self.domain)
        self.all.publish(victim, theirs)
        for one in (self.environment, victim):
            self.all.becomes(one, "ACTIVE")
        docker = self.house.docker
        networks = docker.inspect("container", self.edge.name)["NetworkSettings"]["Networks"]
        inside = networks["troupe-" + self.environment.split("_")[1]]["IPAddress"]
        [container] = docker.list("container", f"label=com.troupe.environment={self.environment}", "status=running")
        # The very same words that open the victim's page from outside open nothing from a tenant's container.
        self.assertEqual((200, "web 2"), self.all.page(theirs))
        def opens(address, port):
            return docker("exec", container, "/bin/busybox", "nc", "-w", "3", address, str(port), "-e", "/bin/busybox", "true", check=False, timeout=30).returncode == 0
        self.assertTrue(opens("127.0.0.1", 8080), "the attack itself must be able to succeed")
        for port in (80, 443, 8081):
            self.assertFalse(opens(inside, port), f"port {port} of the edge is open on the tenant's network")
        bare = victim.split("_")[1]
        done = docker("exec", container, "/bin/busybox", "nslookup", f"tasks.{bare}-web", check=False, timeout=30)
        self.assertNotIn("Address 1: 10.", done.stdout + done.stderr)

    def test_a_service_named_as_anothers_docker_name_takes_nothing(self):
        victim = self.all.web(tag="2")
        self.addCleanup(lambda: self.house.delete_environment(victim))
        theirs = self.all.name()
        self.all.publish(victim, theirs)
        self.all.becomes(victim, "ACTIVE")
        alias = f"{victim.split('_')[1]}-web"
        self.all.web(self.environment, name=alias)
        self.all.publish(self.environment, self.domain, service=alias)
        self.all.becomes(self.environment, "ACTIVE")

        def both_answer_for_themselves():
            for _ in range(10):
                self.assertEqual((200, "web 2"), self.all.page(theirs))
                self.assertEqual((200, "web 1"), self.all.page(self.domain))
        both_answer_for_themselves()
        # Which of the two networks is asked first depends on the order in which the edge joined them.
        self.house.ok("DELETE", f"/environments/{victim}/public")
        self.all.publish(victim, theirs)
        self.all.becomes(victim, "ACTIVE")
        both_answer_for_themselves()


class Limits(unittest.TestCase):
    """With an authority of the test's own making, that says what Pebble cannot be made to say."""

    @classmethod
    def setUpClass(cls):
        needs_edge()
        house.needs_engine()

    def test_a_limit_is_obeyed_after_a_restart(self):
        with acme.Pebble() as pebble, PublicHouse(pebble) as all:
            environment, domain = all.web(), all.name()
            # The row as an authority's 429 leaves it: what matters is that a restart does not forget it.
            pebble.stop()
            all.publish(environment, domain)
            house.eventually(lambda: all.domain(environment)["nextTryAt"], "a first order fails", 60)
            all.house.kill()
            all.house.sql(f"UPDATE sites SET status = 'LIMITED', detail = 'too many', next_try = now() + interval '12 seconds', revision = revision + 1 WHERE domain = '{domain}'")
            pebble.start()
            all.house.start()
            limited = all.domain(environment)
            self.assertEqual(("LIMITED", "too many"), (limited["status"], limited["detail"]))
            active = all.becomes(environment, "ACTIVE", 90)
            orders = pebble.log().count("POST /order-plz")
            self.assertGreaterEqual(orders, 1)
            self.assertGreater(active["certificateExpiresAt"], limited["nextTryAt"])

    def test_a_failing_challenge_says_why_and_is_not_repeated_at_once(self):
        # The authority knocks at a port where nobody answers, while the name leads here.
        with acme.Pebble(http_port=81) as pebble, PublicHouse(pebble) as all:
            environment, domain = all.web(), all.name()
            all.publish(environment, domain)
            failed = all.becomes(environment, "FAILED", 90)
            self.assertRegex(failed["detail"], "(?i)challenge|connection|validat")
            self.assertIsNotNone(failed["nextTryAt"])
            self.assertEqual(1, int(all.house.sql(f"SELECT cardinality(failures) FROM sites WHERE domain = '{domain}'")))
            all.house.kill()
            all.house.start()
            self.assertEqual("FAILED", all.domain(environment)["status"])

    def test_a_certificate_is_renewed_in_time_and_the_new_one_is_served(self):
        # 60 s of life: renewed after 40 s and a little.
        with acme.Pebble(valid_seconds=60) as pebble, PublicHouse(pebble) as all:
            environment, domain = all.web(), all.name()
            all.publish(environment, domain)
            first = all.becomes(environment, "ACTIVE")
            serial = self.serial(all, domain)
            second = house.eventually(lambda: (d := all.domain(environment))["status"] == "ACTIVE" and d["certificateExpiresAt"] > first["certificateExpiresAt"] and d,
                                      "the certificate is renewed", 100, every=0.5)
            self.assertNotEqual(serial, self.serial(all, domain))
            self.assertEqual((200, "web 1"), all.page(domain))
            self.assertIsNotNone(second["nextTryAt"])

    def serial(self, all, domain):
        with all.edge.connect(domain) as wire:
            return wire.getpeercert()["serialNumber"]


if __name__ == "__main__":
    main()
