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
