// Which web pages may call from a browser: none, unless a setting names them.
#include <gtest/gtest.h>

#include "tests/http_api/api_world.hpp"

using namespace troupe;
using namespace troupe::http::api::test;

namespace {

const std::string app = "https://app.example.org", other = "http://localhost:5173", evil = "https://evil.example";

struct Cors : ::testing::Test {
  api_world world;

  void allow(std::vector<std::string> rest, std::vector<std::string> mcp = {}) {
    world.settings.cors_allowed_origins = std::move(rest);
    world.settings.mcp_allowed_origins = std::move(mcp);
    world.restart_front();
  }
  recorded_ptr get(const std::string& origin, const std::string& path = "/auth/keys",
                   const std::string& key = "alice") {
    http::header_list headers;
    if (!origin.empty()) headers.emplace_back("origin", origin);
    return world.call({.path = path, .headers = std::move(headers), .key = key});
  }
  recorded_ptr preflight(const std::string& origin, const std::string& path = "/environments") {
    return world.call({.method = "OPTIONS",
                       .path = path,
                       .headers = {{"origin", origin},
                                   {"access-control-request-method", "POST"},
                                   {"access-control-request-headers", "x-api-key,content-type"}},
                       .key = ""});
  }
};

std::string allowed(const recorded_ptr& way) {
  return way->header("Access-Control-Allow-Origin");
}

}  // namespace

TEST_F(Cors, NoPageMayCallUntilItIsNamed) {
  EXPECT_EQ(get(app)->got.status, 200) << "a program may say what it likes";
  for (const auto& way : {get(app), get(""), preflight(app), preflight(other, "/mcp")}) {
    EXPECT_EQ(allowed(way), "");
    EXPECT_EQ(way->header("Access-Control-Allow-Methods"), "");
    EXPECT_EQ(way->header("Vary"), "");
  }
}

TEST_F(Cors, ANamedPageReadsAnswersAndTheirHeadersWhateverTheyAre) {
  allow({app, other});
  for (const auto& way : {get(app), get(app, "/auth/keys", "nonsense"), get(app, "/nowhere"),
                          get(app, "/environments/env_zzzzzzzzzzzzzzzz"), get(app, "/openapi.json", "")}) {
    EXPECT_EQ(allowed(way), app) << way->got.status;
    EXPECT_EQ(way->header("Vary"), "Origin");
    for (const char* name : {"X-Request-Id", "RateLimit-Remaining", "Location", "ETag", "Retry-After"})
      EXPECT_NE(way->header("Access-Control-Expose-Headers").find(name), std::string::npos) << name;
    EXPECT_EQ(way->header("Access-Control-Allow-Credentials"), "");
  }
  EXPECT_EQ(allowed(get(other)), other);
}

TEST_F(Cors, AForeignPageAndNoPageGetNoWordOfIt) {
  allow({app});
  for (const auto& origin : {evil, std::string("null"), app + ":8443", app + ".evil.example", std::string()}) {
    const auto way = get(origin);
    EXPECT_EQ(way->got.status, 200);
    EXPECT_EQ(allowed(way), "") << origin;
    EXPECT_EQ(way->header("Access-Control-Expose-Headers"), "");
    EXPECT_EQ(way->header("Vary"), "Origin") << "a cache must not mix them up";
  }
}

TEST_F(Cors, APreflightSaysWhatMayBeSent) {
  allow({app});
  const auto way = preflight(app);
  EXPECT_EQ(way->got.status, 204);
  EXPECT_EQ(allowed(way), app);
  EXPECT_EQ(way->header("Access-Control-Allow-Methods"), way->header("Allow"));
  EXPECT_NE(way->header("Access-Control-Allow-Methods").find("POST"), std::string::npos);
  for (const char* name : {"X-API-Key", "Authorization", "Content-Type", "Idempotency-Key", "If-Match"})
    EXPECT_NE(way->header("Access-Control-Allow-Headers").find(name), std::string::npos) << name;
  EXPECT_EQ(way->header("Access-Control-Max-Age"), "7200");
  const auto foreign = preflight(evil);
  EXPECT_EQ(foreign->got.status, 204);
  EXPECT_EQ(allowed(foreign), "");
  EXPECT_EQ(foreign->header("Access-Control-Allow-Methods"), "");
}

TEST_F(Cors, AStarIsEveryPage) {
  allow({"*"});
  EXPECT_EQ(allowed(get(evil)), "*");
  EXPECT_EQ(allowed(get("null")), "*");
  EXPECT_EQ(get(evil)->header("Vary"), "");
  EXPECT_EQ(allowed(preflight(evil)), "*");
}

TEST_F(Cors, StreamsAreReadLikeAnswers) {
  allow({app});
  const auto d = world.add_deployment(world.add_environment(world.alice, "staging"), model::deployment_status::running);
  const auto way =
      world.call({.path = "/deployments/" + d.id.text + "/logs", .query = "follow=true", .headers = {{"origin", app}}});
  ASSERT_TRUE(way->streaming);
  EXPECT_EQ(allowed(way), app);
}

TEST_F(Cors, McpHasAListOfItsOwnAndStillRefusesForeignPages) {
  const auto ping = [&](const std::string& origin) {
    return world.call({.method = "POST",
                       .path = "/mcp",
                       .body = R"({"jsonrpc":"2.0","id":1,"method":"ping"})",
                       .headers = {{"origin", origin}}});
  };
  allow({app}, {other});
  EXPECT_EQ(ping(app)->got.status, 403);
  EXPECT_EQ(allowed(ping(app)), "");
  EXPECT_EQ(allowed(get(other)), "");
  EXPECT_EQ(ping(other)->got.status, 200);
  EXPECT_EQ(allowed(ping(other)), other);
  EXPECT_EQ(allowed(get(other, "/mcp/tools")), other);
  EXPECT_EQ(allowed(preflight(other, "/mcp")), other);
  EXPECT_NE(preflight(other, "/mcp")->header("Access-Control-Allow-Headers").find("MCP-Protocol-Version"),
            std::string::npos);
  EXPECT_NE(ping(other)->header("Access-Control-Expose-Headers").find("Mcp-Session-Id"), std::string::npos);
  EXPECT_EQ(ping(evil)->got.status, 403) << "a page whose name was made to lead here";
  EXPECT_EQ(ping("http://127.0.0.1:6274")->got.status, 200) << "as before";
  EXPECT_EQ(allowed(ping("http://127.0.0.1:6274")), "") << "it may call, and is not named";
  allow({}, {"*"});
  EXPECT_EQ(ping(evil)->got.status, 200);
  EXPECT_EQ(allowed(ping(evil)), "*");
}
