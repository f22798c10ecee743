"""From POST …/public to a page over verified HTTPS, and back; on a real Swarm, with nginx and an authority that is difficult."""
import unittest

from edge_container import house, main, needs_edge
from public_house import PLATFORM, PublicHouse


class Public(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        needs_edge()
        house.needs_engine()
        cls.all = cls.enterClassContext(PublicHouse())
        cls.house, cls.edge, cls.pebble = cls.all.house, cls.all.edge, cls.all.pebble

    def networks(self):
        return set(self.all.house.docker.inspect("container", self.edge.name)["NetworkSettings"]["Networks"])

    def network(self, environment):
        return "troupe-" + environment.split("_")[1]

    def test_a_domain_goes_on_the_internet_and_off_it_again(self):
        environment, domain = self.all.web(), self.all.name()
        answer = self.all.publish(environment, domain.upper() + ".")
        self.assertEqual((domain, "web"), (answer["domain"]["name"], answer["domain"]["service"]))
        self.assertEqual(answer["domain"], answer["environment"]["domain"])
        self.assertIn(answer["domain"]["status"], ("PENDING_DNS", "ISSUING"))
        active = self.all.becomes(environment, "ACTIVE")
        self.assertEqual((200, "web 1"), self.all.page(domain))
        self.assertIsNone(active["detail"])
        self.assertGreater(active["certificateExpiresAt"], active["nextTryAt"])
        self.assertIn(self.network(environment), self.networks())
        listed = {e["id"]: e["domain"] for e in self.house.ok("GET", "/environments?limit=200")["environments"]}
        self.assertEqual(active, listed[environment])
        self.assertEqual("ok", self.house.call("GET", "/health").json["checks"]["edge"]["status"])

        self.assertIsNone(self.house.ok("DELETE", f"/environments/{environment}/public")["environment"]["domain"])
        self.assertIsNone(self.all.domain(environment))
        self.assertNotIn(self.network(environment), self.networks())
        self.assertIsNone(self.edge.get(domain, secure=False))
        # The name is free: another environment gets it.
        other = self.all.web(tag="2")
        self.all.publish(other, domain)
        self.all.becomes(other, "ACTIVE")
        self.assertEqual((200, "web 2"), self.all.page(domain))
        for one in (environment, other):
            self.house.delete_environment(one)
        self.assertIsNone(self.edge.get(domain, secure=False))

    def test_a_name_that_leads_elsewhere_waits_and_says_what_is_missing(self):
        environment, domain = self.all.web(), self.all.name(leads_here=False)
        self.all.publish(environment, domain)
        waiting = house.eventually(lambda: (d := self.all.domain(environment))["detail"] and d["nextTryAt"] and d, "it says what is missing", 30)
        self.assertEqual("PENDING_DNS", waiting["status"])
        self.assertIn(domain, waiting["detail"])
        self.pebble.set_address(domain, "192.0.2.7")
        house.eventually(lambda: "192.0.2.7" in (self.all.domain(environment)["detail"] or ""), "it says where the name leads", 40)
        self.pebble.set_address(domain, house.HOST_IP)
        self.all.becomes(environment, "ACTIVE")
        self.house.delete_environment(environment)

    def test_a_domain_may_come_before_its_service(self):
        environment, domain = self.house.make_environment(), self.all.name()
        self.assertIsNone(self.all.publish(environment, domain)["domain"]["service"])
        active = self.all.becomes(environment, "ACTIVE")
        self.assertIn("No service", active["detail"])
        self.assertEqual(503, self.all.page(domain)[0])
        self.all.web(environment)
        house.eventually(lambda: self.all.page(domain) == (200, "web 1"), "the service answers")
        self.assertEqual(("web", None), (self.all.domain(environment)["service"], self.all.domain(environment)["detail"]))
        self.house.delete_environment(environment)

    def test_which_service_answers_is_asked_where_it_is_not_clear_and_then_kept(self):
        environment, domain = self.all.web(), self.all.name()
        self.all.web(environment, tag="2", name="api")
        refused = self.house.call("POST", f"/environments/{environment}/public", {"domain": domain})
        self.assertEqual((400, "/service"), (refused.status, refused.problem["errors"][0]["pointer"]))
        self.all.publish(environment, domain, service="api")
        self.all.becomes(environment, "ACTIVE")
        self.assertEqual((200, "web 2"), self.all.page(domain))
        self.assertEqual("web", self.all.publish(environment, domain, service="web", port=8080)["domain"]["service"])
        house.eventually(lambda: self.all.page(domain) == (200, "web 1"), "the other service answers")
        self.house.delete_environment(environment)

    def put(self, environment, domain, **body):
        return self.house.ok("PUT", f"/environments/{environment}/domains/{domain}", body)["domain"]

    def domains(self, environment):
        return {d["name"]: d for d in self.house.ok("GET", f"/environments/{environment}/domains")["domains"]}

    def test_an_environment_has_several_domains_with_paths_and_a_redirect(self):
        environment, shop, api, www = self.all.web(), *(self.all.name() for _ in range(3))
        self.all.web(environment, tag="2", name="api")
        self.put(environment, shop, service="web", paths=[{"path": "/api", "service": "api"}])
        self.put(environment, api, service="api")
        self.put(environment, www, redirectTo=shop)
        house.eventually(lambda: all(d["status"] == "ACTIVE" for d in self.domains(environment).values()), "all have certificates", 60)
        self.assertEqual([shop, api, www], list(self.domains(environment)))
        self.assertEqual([(200, "web 1"), (200, "web 2")], [self.all.page(name) for name in (shop, api)])
        self.assertEqual([b"web 2", b"web 1"], [self.edge.get(shop, path).body.strip() for path in ("/api/x", "/apis")])
        answer = self.edge.get(www, "/a?b=c")
        self.assertEqual((308, f"https://{shop}/a?b=c"), (answer.status, answer.headers["Location"]))
        # What is shown can be sent, and changes nothing.
        before = self.domains(environment)[shop]
        self.assertEqual(before["spec"], self.put(environment, shop, **before["spec"])["spec"])
        self.assertEqual(409, self.house.call("POST", f"/environments/{environment}/public", {"domain": self.all.name()}).status)
        # One goes, the others stay, on the network too.
        left = self.house.ok("DELETE", f"/environments/{environment}/domains/{api}")["environment"]["domains"]
        self.assertEqual([shop, www], [d["name"] for d in left])
        self.assertIsNone(self.edge.get(api, secure=False))
        self.assertEqual((200, "web 1"), self.all.page(shop))
        self.house.delete_environment(environment)
        self.assertEqual([None, None], [self.edge.get(name, secure=False) for name in (shop, www)])

    def test_a_release_with_a_second_port_takes_nothing_off_the_internet(self):
        environment, domain = self.all.web(), self.all.name()
        self.all.publish(environment, domain)
        self.all.becomes(environment, "ACTIVE")
        self.assertEqual((200, "web 1"), self.all.page(domain))
        self.house.settle(self.house.ok("PATCH", f"/services/{environment}.web", {"ports": [{"container": 9090}, {"container": 8080}]}))
        self.assertEqual(((200, "web 1"), None), (self.all.page(domain), self.all.domain(environment)["detail"]))
        self.house.delete_environment(environment)

    def test_names_that_nobody_may_have_are_refused(self):
        environment, other, domain = self.house.make_environment(), self.house.make_environment(), self.all.name()
        for wrong in ("*.tenant.example", "localhost", "10.0.0.7", "a_b.example", "shop.example:443", "https://shop.example", "-a.example", "a..example",
                      "x" * 64 + ".example", "shop.example;", "shop.example\n", "sh op.example", "{}.example", "$host.example"):
            answer = self.house.call("POST", f"/environments/{environment}/public", {"domain": wrong})
            self.assertEqual((400, "/domain"), (answer.status, answer.problem["errors"][0]["pointer"]), wrong)
        for mine in (PLATFORM, "x." + PLATFORM):
            self.assertEqual(409, self.house.call("POST", f"/environments/{environment}/public", {"domain": mine}).status)
        self.assertEqual("xn--mnchen-3ya.tenant.example", self.all.publish(environment, "MÜNCHEN.tenant.example")["domain"]["name"])
        self.all.publish(environment, domain, replace=True)
        stranger = self.house.make_key("stranger", user="stranger")
        theirs = self.house.make_environment(key=stranger)
        for key, at in (("own", other), (stranger, theirs)):
            self.assertEqual(409, self.house.call("POST", f"/environments/{at}/public", {"domain": domain}, key=key).status)
        self.assertEqual(404, self.house.call("POST", f"/environments/{environment}/public", {"domain": domain}, key=stranger).status)
        self.assertEqual(404, self.house.call("DELETE", f"/environments/{environment}/public", key=stranger).status)
        self.house.delete_environment(theirs, key=stranger)
        for one in (environment, other):
            self.house.delete_environment(one)

    def test_the_platform_has_its_own_name_with_https(self):
        answer = self.all.serves_platform()
        self.assertEqual((200, "ok"), (answer.status, answer.json["status"]))
        for path in ("/metrics", "/admin/actors"):
            self.assertEqual(404, self.edge.get(PLATFORM, path).status, path)

    def test_a_container_made_anew_gets_everything_again(self):
        environment, domain = self.all.web(), self.all.name()
        self.all.publish(environment, domain)
        self.all.becomes(environment, "ACTIVE")
        house.run("docker", "-H", house.ENGINE, "network", "disconnect", "-f", self.network(environment), self.edge.name)
        self.edge.recreate()
        house.eventually(lambda: self.page_or_none(domain) == (200, "web 1"), "the new container serves the domain", 30)
        self.assertEqual("ACTIVE", self.all.domain(environment)["status"])
        self.house.delete_environment(environment)

    def page_or_none(self, domain):
        try:
            return self.all.page(domain)
        except OSError:
            return None


if __name__ == "__main__":
    main()
