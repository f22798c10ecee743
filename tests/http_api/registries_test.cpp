// Logins to registries: given, shown without their secrets, taken back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/http_api/api_world.hpp"

using namespace troupe;
using namespace troupe::http::api;
using namespace troupe::http::api::test;

namespace {

using nlohmann::json;

struct Registries : ::testing::Test {
  api_world world;

  recorded_ptr call(const std::string& method, const std::string& registry, const json& body = nullptr) {
    return world.call({.method = method,
                       .path = registry.empty() ? "/registries" : "/registries/" + registry,
                       .body = body.is_null() ? "" : body.dump()});
  }
  recorded_ptr put(const std::string& registry, const json& body = {{"username", "alice"}, {"password", "s3cret"}}) {
    return call("PUT", registry, body);
  }
};

}  // namespace

TEST_F(Registries, ALoginIsKeptAndNeverShown) {
  const auto made = put("GHCR.io");
  ASSERT_EQ(made->got.status, 200) << made->body();
  EXPECT_EQ(made->json()["registry"]["registry"], "ghcr.io") << "as images name it";
  EXPECT_EQ(made->json()["registry"]["username"], "alice");
  ASSERT_EQ(put("registry.example.org:5000", {{"identityToken", "t0ken"}})->got.status, 200);
  const auto list = call("GET", "");
  ASSERT_EQ(list->json()["registries"].size(), 2U);
  EXPECT_EQ(list->json()["registries"][1]["kind"], "identityToken");
  EXPECT_TRUE(list->json()["registries"][1]["username"].is_null());
  for (const auto* secret : {"s3cret", "t0ken"})
    EXPECT_EQ((made->body() + list->body()).find(secret), std::string::npos);
  EXPECT_EQ(world.shared->logins->find(world.alice, "ghcr.io")->password, "s3cret");
}

TEST_F(Registries, AllNamesOfDockerHubAreOne) {
  for (const auto* name : {"index.docker.io", "registry-1.docker.io", "hub.docker.com", "docker.io"})
    EXPECT_EQ(put(name)->json()["registry"]["registry"], "docker.io") << name;
  EXPECT_EQ(call("GET", "")->json()["registries"].size(), 1U);
}

TEST_F(Registries, WhatTheRegistryDoesNotTakeIsNotKept) {
  const auto refused = put("ghcr.io", {{"username", "alice"}, {"password", "wrong"}});
  EXPECT_EQ(refused->got.status, 400) << refused->body();
  world.shared->engine_up = false;
  EXPECT_EQ(put("ghcr.io")->got.status, 503);
  EXPECT_TRUE(world.shared->logins->of(world.alice).empty());
}

TEST_F(Registries, WhatIsWrongWithALoginIsSaid) {
  const auto fault = [&](const std::string& registry, const json& body) {
    const auto refused = put(registry, body);
    EXPECT_EQ(refused->got.status, 400) << refused->body();
    return refused->body();
  };
  using ::testing::HasSubstr;
  const json good{{"username", "a"}, {"password", "b"}};
  EXPECT_THAT(fault("ghcr", good), HasSubstr("a registry's host name"));
  EXPECT_THAT(fault("ghcr.io:0", good), HasSubstr("a registry's host name"));
  EXPECT_THAT(fault("ghcr.io", {{"username", "a"}}), HasSubstr("/password"));
  EXPECT_THAT(fault("ghcr.io", json::object()), HasSubstr("/username"));
  EXPECT_THAT(fault("ghcr.io", {{"username", "a:b"}, {"password", "c"}}), HasSubstr("colon"));
  EXPECT_THAT(fault("ghcr.io", {{"identityToken", "t"}, {"password", "c"}}), HasSubstr("identityToken"));
  EXPECT_THAT(fault("ghcr.io", {{"username", ""}, {"password", ""}}), HasSubstr("/password"));
}

TEST_F(Registries, OneIsTakenBackAndOthersLoginsAreNotSeen) {
  world.shared->logins->put(world.bob, {"quay.io", "bob", "other", "", {}});
  ASSERT_EQ(put("ghcr.io")->got.status, 200);
  EXPECT_EQ(call("GET", "")->json()["registries"].size(), 1U);
  EXPECT_EQ(call("DELETE", "ghcr.io")->got.status, 200);
  EXPECT_TRUE(world.shared->logins->of(world.alice).empty());
  EXPECT_EQ(world.shared->logins->of(world.bob).size(), 1U);
  EXPECT_EQ(call("DELETE", "no name")->got.status, 404);
}
