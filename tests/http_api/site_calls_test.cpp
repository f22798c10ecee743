#include <gtest/gtest.h>

#include "tests/http_api/api_world.hpp"

using namespace troupe;
using namespace troupe::http::api::test;
using nlohmann::json;

namespace {

struct SiteCalls : ::testing::Test {
  api_world world;
  std::string environment = world.add_environment(world.alice, "staging").id.text;
  recorded_ptr publish(const json& body) { return world.post("/environments/" + environment + "/public", body); }
};

TEST_F(SiteCalls, ADomainIsShownWithItsEnvironmentEverywhere) {
  const auto answer = publish({{"domain", "Shop.Example.ORG."}, {"service", "web"}, {"port", 8080}});
  ASSERT_EQ(answer->got.status, 202) << answer->body();
  const auto domain = answer->json().at("domain");
  EXPECT_EQ(domain.at("name"), "shop.example.org");
  EXPECT_EQ(domain.at("status"), "PENDING_DNS");
  EXPECT_EQ(answer->json().at("environment").at("domain"), domain);
  EXPECT_EQ(world.get("/environments")->json().at("environments").at(0).at("domain"), domain);
  EXPECT_EQ(world.call({.method = "DELETE", .path = "/environments/" + environment + "/public"})
                ->json()
                .at("environment")
                .at("domain"),
            nullptr);
  EXPECT_EQ(world.get("/environments")->json().at("environments").at(0).at("domain"), nullptr);
}

TEST_F(SiteCalls, AnotherDomainTakesTheFormersPlaceOnlyWhereThatIsSaid) {
  EXPECT_EQ(publish({{"domain", "a.example"}})->got.status, 202);
  EXPECT_EQ(publish({{"domain", "a.example"}, {"service", "web"}})->got.status, 202) << "the same one is no other";
  const auto refused = publish({{"domain", "b.example"}});
  EXPECT_EQ(refused->got.status, 409);
  EXPECT_NE(refused->json()["detail"].get<std::string>().find("replace"), std::string::npos);
  EXPECT_EQ(world.get("/environments")->json()["environments"][0]["domain"]["name"], "a.example");
  EXPECT_EQ(publish({{"domain", "b.example"}, {"replace", true}})->got.status, 202);
}

TEST_F(SiteCalls, SeveralDomainsEachAsItIsAskedFor) {
  const auto all = "/environments/" + environment + "/domains";
  const auto put = [&](const std::string& domain, const json& body) {
    return world.call({.method = "PUT", .path = all + '/' + domain, .body = body.dump()});
  };
  const json asked{{"service", "web"},
                   {"port", 8080},
                   {"maxBodyMb", 500},
                   {"frameOptions", "DENY"},
                   {"paths", {{{"path", "/api"}, {"service", "api"}}}}};
  const auto first = put("Shop.Example.org", asked);
  ASSERT_EQ(first->got.status, 202) << first->body();
  const auto spec = first->json().at("domain").at("spec");
  for (const auto& [name, value] : asked.items()) EXPECT_EQ(spec.at(name), value) << name;
  EXPECT_EQ(spec.at("redirectTo"), nullptr);
  EXPECT_EQ(put("shop.example.org", spec)->json().at("domain").at("spec"), spec) << "what is shown can be sent";
  EXPECT_EQ(
      put("www.example.org", {{"redirectTo", "SHOP.example.org"}})->json().at("domain").at("spec").at("redirectTo"),
      "shop.example.org");
  const auto shown = world.get(all)->json().at("domains");
  ASSERT_EQ(shown.size(), 2U);
  EXPECT_EQ(shown.at(1).at("name"), "www.example.org");
  const auto listed = world.get("/environments")->json().at("environments").at(0);
  EXPECT_EQ(listed.at("domains"), shown);
  EXPECT_EQ(listed.at("domain"), shown.at(0));
  const auto left = world.call({.method = "DELETE", .path = all + "/shop.example.org"});
  EXPECT_EQ(left->json().at("environment").at("domains").size(), 1U) << left->body();
  EXPECT_EQ(world.call({.method = "DELETE", .path = all + "/shop.example.org"})->got.status, 404);
  EXPECT_EQ(world.call({.method = "DELETE", .path = all + "/no"})->got.status, 404);
}

TEST_F(SiteCalls, WhatCannotBeAskedOfADomainIsRefusedWithItsPlace) {
  const auto at = [&](const json& body) {
    const auto answer = world.call(
        {.method = "PUT", .path = "/environments/" + environment + "/domains/a.example", .body = body.dump()});
    EXPECT_EQ(answer->got.status, 400) << body;
    return answer->json().at("errors").at(0).at("pointer").get<std::string>();
  };
  const auto path = [](const std::string& text) { return json{{"path", text}, {"service", "api"}}; };
  for (const auto* wrong : {"api", "/api/", "/a//b", "/a b", "/a;", "/../a", "/.well-known/acme-challenge/x"})
    EXPECT_EQ(at({{"paths", {path("/good"), path(wrong)}}}), "/paths/1/path") << wrong;
  EXPECT_EQ(at({{"paths", {path("/a"), path("/a")}}}), "/paths/1/path");
  EXPECT_EQ(at({{"paths", {{{"path", "/a"}}}}}), "/paths/0/service");
  EXPECT_EQ(at({{"redirectTo", "a.example"}}), "/redirectTo");
  EXPECT_EQ(at({{"redirectTo", "not a domain"}}), "/redirectTo");
  EXPECT_EQ(at({{"redirectTo", "b.example"}, {"service", "web"}}), "/service");
  EXPECT_EQ(at({{"redirectTo", "b.example"}, {"paths", {path("/a")}}}), "/paths");
  EXPECT_EQ(at({{"maxBodyMb", 0}}), "/maxBodyMb");
  EXPECT_EQ(at({{"frameOptions", "ALLOW"}}), "/frameOptions");
  EXPECT_EQ(at({{"domain", "a.example"}}), "/domain");
  const auto name =
      world.call({.method = "PUT", .path = "/environments/" + environment + "/domains/localhost", .body = "{}"});
  EXPECT_EQ(name->got.status, 400) << name->body();
  EXPECT_EQ(world.shared->commands, 0);
}

TEST_F(SiteCalls, WritingWithAnAccentIsTheSameName) {
  EXPECT_EQ(publish({{"domain", "M\u00dcNCHEN.example"}})->json().at("domain").at("name"), "xn--mnchen-3ya.example");
}

TEST_F(SiteCalls, WhatIsNoDomainIsRefusedWithItsPlace) {
  for (const auto* wrong : {"localhost", "*.example.org", "10.0.0.7", "a b.example", "shop.example:80",
                            "http://shop.example", "xn--\u00fc.example", "a;b.example"}) {
    const auto answer = publish({{"domain", wrong}});
    EXPECT_EQ(answer->got.status, 400) << wrong;
    EXPECT_EQ(answer->json().at("errors").at(0).at("pointer"), "/domain") << wrong;
  }
  EXPECT_EQ(publish({{"domain", "shop.example"}, {"port", 0}})->json().at("errors").at(0).at("pointer"), "/port");
  EXPECT_EQ(publish({{"domain", "shop.example"}, {"path", "/"}})->got.status, 400);
  EXPECT_EQ(world.shared->commands, 0);
}

}  // namespace
