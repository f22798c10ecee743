#include <gtest/gtest.h>

#include "actors/model/deployment.hpp"
#include "actors/model/service_addresses.hpp"
#include "actors/model/service_id.hpp"

namespace troupe::model {
namespace {

TEST(ServiceId, IsItsEnvironmentAndItsName) {
  const service_id id{{"env_aaaaaaaaaaaaaaaa"}, "web-1"};
  EXPECT_EQ(id.text(), "env_aaaaaaaaaaaaaaaa.web-1");
  EXPECT_EQ(parse_service_id(id.text()), id);
  EXPECT_EQ(service_id{}.text(), "");
  for (const auto* bad : {"", ".", "web", "env_aaaaaaaaaaaaaaaa", "env_aaaaaaaaaaaaaaaa.", "env_aaaaaaaaaaaaaaaa.-a",
                          "env_aaaaaaaaaaaaaaaa.a.b", "env_aaaaaaaaaaaaaaaa.A", "dep_aaaaaaaaaaaaaaaa.web",
                          "env_aaaaaaaaaaaaaaaa.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"})
    EXPECT_FALSE(parse_service_id(bad)) << bad;
}

TEST(ServiceAddresses, AreWhereOthersAndTheWorldReachIt) {
  release_spec spec;
  spec.service = "web";
  spec.ports = {{80, 8081}, {53, std::nullopt, port_protocol::udp}};
  site s;
  s.domain = "shop.example.org";
  s.service = "web";
  s.paths = {{"/api", "api"}, {"/static", "web"}};
  using enum address_kind;
  auto all = addresses_of(spec, "deploy.example.org");
  add_addresses("web", s, all);
  EXPECT_EQ(all, (std::vector<service_address>{{internal, "web:80"},
                                               {internal, "web:53/udp"},
                                               {published, "deploy.example.org:8081"},
                                               {domain, "https://shop.example.org"},
                                               {domain, "https://shop.example.org/static"}}));
  all.clear();
  add_addresses("other", s, all);
  s.settings.redirect_to = "example.org";
  add_addresses("web", s, all);
  EXPECT_TRUE(all.empty());
  EXPECT_TRUE(addresses_of({}, "h").empty());
}

TEST(Deployment, StandsUntilItIsOverOrAboutToBe) {
  deployment d;
  for (const auto status : {deployment_status::pending, deployment_status::starting_containers,
                            deployment_status::running, deployment_status::stopped}) {
    d.status = status;
    EXPECT_TRUE(stands(d));
  }
  for (const auto status : {deployment_status::failed, deployment_status::cancelled, deployment_status::superseded,
                            deployment_status::removing, deployment_status::removed}) {
    d.status = status;
    EXPECT_FALSE(stands(d));
  }
  d.status = deployment_status::starting_containers;
  d.wanted = intent::cancel;
  EXPECT_FALSE(stands(d));
  d.wanted = intent::run;
  d.error = make_failure(failure_code::exited, "on its way back");
  EXPECT_FALSE(stands(d));
}

}  // namespace
}  // namespace troupe::model
