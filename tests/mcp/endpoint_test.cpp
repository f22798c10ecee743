// POST /mcp on the wire: messages, keys, origins; and the tools without MCP.
#include <gtest/gtest.h>

#include "tests/mcp/agent.hpp"

using namespace troupe;
using namespace troupe::http::mcp::test;

namespace {

struct Endpoint : ::testing::Test {
  api_world world;
  agent host{world};

  recorded_ptr post(const std::string& body, http::header_list headers = {}, const std::string& key = "alice") {
    return world.call({.method = "POST", .path = "/mcp", .body = body, .headers = std::move(headers), .key = key});
  }
};

}  // namespace

TEST_F(Endpoint, WhatIsNoMessageIsRefused) {
  const std::pair<const char*, int> cases[] = {
      {"[]", -32600},
      {R"([{"jsonrpc":"2.0","id":1,"method":"ping"}])", -32600},
      {R"("text")", -32600},
      {"{}", -32600},
      {R"({"jsonrpc":"1.0","id":1,"method":"ping"})", -32600},
      {R"({"jsonrpc":"2.0","id":null,"method":"ping"})", -32600},
      {R"({"jsonrpc":"2.0","id":1.5,"method":"ping"})", -32600},
      {R"({"jsonrpc":"2.0","id":{},"method":"ping"})", -32600},
      {R"({"jsonrpc":"2.0","id":1})", -32600},
      {R"({"jsonrpc":"2.0","id":1,"method":7})", -32600},
      {R"({"jsonrpc":"2.0","id":1,"method":"ping","params":[1]})", -32602},
      {R"({"jsonrpc":"2.0","id":99999999999999999999999999,"method":"ping"})", -32700},
      {R"({"jsonrpc":"2.0","id":1,"id":2,"method":"ping"})", -32700},
      {"{", -32700},
      {"\xff", -32700},
  };
  for (const auto& [body, number] : cases) {
    const auto way = post(body);
    EXPECT_EQ(way->got.status, 400) << body;
    EXPECT_EQ(way->json()["error"]["code"], number) << body;
    EXPECT_EQ(way->json()["jsonrpc"], "2.0");
  }
  EXPECT_EQ(post(std::string(100'000, '['))->json()["error"]["code"], -32700);
  EXPECT_EQ(
      post(R"({"jsonrpc":"2.0","id":")" + std::string(257, 'x') + R"(","method":"ping"})")->json()["error"]["code"],
      -32600);
  EXPECT_EQ(post("{}", {{"content-type", "text/plain"}})->got.status, 415);
}

// It knows no header of a version, no annotations and no structured results, and passes over what it does not know.
TEST_F(Endpoint, AClientOfTheFirstRevisionIsServed) {
  const auto send = [&](const json& message) { return post(message.dump(), {{"accept", "application/json"}}); };
  const auto hello = send({{"jsonrpc", "2.0"},
                           {"id", 0},
                           {"method", "initialize"},
                           {"params",
                            {{"protocolVersion", "2024-11-05"},
                             {"capabilities", {{"roots", {{"listChanged", true}}}}},
                             {"clientInfo", {{"name", "first"}, {"version", "1"}}}}}});
  EXPECT_EQ(hello->got.status, 200);
  EXPECT_EQ(hello->json()["result"]["protocolVersion"], "2024-11-05");
  EXPECT_TRUE(hello->json()["result"]["capabilities"].contains("tools"));
  EXPECT_EQ(send({{"jsonrpc", "2.0"}, {"method", "notifications/initialized"}})->got.status, 202);
  const auto tools = send({{"jsonrpc", "2.0"}, {"id", 1}, {"method", "tools/list"}})->json()["result"]["tools"];
  EXPECT_GT(tools.size(), 10U);
  const auto called = send({{"jsonrpc", "2.0"},
                            {"id", 2},
                            {"method", "tools/call"},
                            {"params", {{"name", "create_environment"}, {"arguments", {{"name", "shop"}}}}}});
  EXPECT_EQ(called->got.status, 200);
  const auto result = called->json()["result"];
  EXPECT_FALSE(result.value("isError", false));
  EXPECT_EQ(result["content"][0]["type"], "text");
  EXPECT_EQ(json::parse(result["content"][0]["text"].get<std::string>())["environment"]["name"], "shop");
  EXPECT_EQ(post(R"({"jsonrpc":"2.0","id":3,"method":"ping"})", {{"mcp-protocol-version", "2024-11-05"}})->got.status,
            200);
}

TEST_F(Endpoint, ParamsAndCursorsMayBeNull) {
  EXPECT_EQ(post(R"({"jsonrpc":"2.0","id":1,"method":"ping","params":null})")->json()["result"], json::object());
  for (const json& none : {json(), json("")})
    EXPECT_TRUE(host.send("tools/list", {{"cursor", none}})->json()["result"].contains("tools")) << none;
  EXPECT_EQ(host.send("tools/list", {{"cursor", "x"}})->json()["error"]["code"], -32602);
}

TEST_F(Endpoint, IdsComeBackAsTheyWere) {
  for (const json& id : {json(0), json(-3), json("a\"b"), json("")}) {
    const auto way = post(json{{"jsonrpc", "2.0"}, {"id", id}, {"method", "ping"}}.dump());
    EXPECT_EQ(way->json(), (json{{"jsonrpc", "2.0"}, {"id", id}, {"result", json::object()}}));
  }
}

TEST_F(Endpoint, NotificationsAndAnswersAreTaken) {
  for (const char* body :
       {R"({"jsonrpc":"2.0","method":"notifications/initialized"})",
        R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}})",
        R"({"jsonrpc":"2.0","id":1,"result":{}})", R"({"jsonrpc":"2.0","id":"x","error":{"code":1,"message":"m"}})"}) {
    const auto way = post(body);
    EXPECT_EQ(way->got.status, 202) << body;
    EXPECT_EQ(way->body(), "");
  }
  EXPECT_EQ(
      post(R"({"jsonrpc":"2.0","method":"notifications/initialized"})", {{"mcp-protocol-version", "x"}})->got.status,
      400);
}

TEST_F(Endpoint, ThereIsNoStreamToGetAndNoSessionToDelete) {
  for (const std::string method : {"GET", "DELETE", "PUT"}) {
    const auto way = world.call({.method = method, .path = "/mcp", .key = ""});
    EXPECT_EQ(way->got.status, 405);
    EXPECT_EQ(way->header("Allow"), "POST, OPTIONS");
  }
}

TEST_F(Endpoint, NothingOfOAuthIsThereAndNoKeyIsAskedFor) {
  for (const std::string path :
       {"/.well-known/oauth-protected-resource", "/.well-known/oauth-protected-resource/mcp",
        "/.well-known/oauth-authorization-server", "/.well-known/openid-configuration", "/register"})
    for (const std::string method : {"GET", "POST"}) {
      const auto way = world.call({.method = method, .path = path, .body = method == "POST" ? "{}" : "", .key = ""});
      EXPECT_EQ(way->got.status, 404) << path;
      EXPECT_EQ(way->json()["status"], 404);
    }
}

TEST_F(Endpoint, EveryMessageNeedsAKeyInEitherHeader) {
  const auto rest = world.call({.path = "/environments", .headers = {{"x-request-id", "same"}}, .key = "bad"});
  for (const std::string method : {"initialize", "tools/list", "tools/call"}) {
    const auto way = host.send(method, {{"name", "list_environments"}}, {}, "");
    EXPECT_EQ(way->got.status, 401);
    EXPECT_EQ(way->body(), rest->body()) << "one text for each cause";
    EXPECT_EQ(way->header("WWW-Authenticate"), "Bearer");
  }
  const auto bearer = "Bearer " + world.add_key("other", world.alice, model::scope_set::user());
  EXPECT_EQ(host.send("ping", json::object(), {{"authorization", bearer}}, "")->got.status, 200);
  world.shared->keys->clear();
  EXPECT_EQ(host.send("ping", json::object(), {{"authorization", bearer}}, "")->got.status, 200) << "the long way";
  EXPECT_EQ(host.send("tools/call", {{"name", "list_environments"}}, {{"authorization", bearer}}, "")
                ->json()["result"]
                .contains("structuredContent"),
            true);
}

TEST_F(Endpoint, ForeignPagesMayNotCall) {
  const auto from = [&](const std::string& origin) {
    return host.send("ping", json::object(), {{"origin", origin}})->got.status;
  };
  for (const std::string good : {"http://localhost:3000", "http://localhost", "https://127.0.0.1:8443",
                                 "http://[::1]:1", "http://localhost:5173"})
    EXPECT_EQ(from(good), 200) << good;
  for (const std::string bad :
       {"null", "http://evil.example.com", "http://localhost.evil.com", "http://localhost:80@evil.com",
        "http://localhost:", "http://localhost:80x", "https://evil.com/localhost", "file://localhost", "localhost", ""})
    EXPECT_EQ(from(bad), 403) << bad;
  EXPECT_EQ(host.send("ping", json::object(), {{"origin", "http://evil.com"}}, "")->got.status, 403)
      << "also without a key";
  world.settings.public_base_url = "https://deploy.example.com/base";
  world.restart_front();
  EXPECT_EQ(from("https://deploy.example.com"), 200);
  EXPECT_EQ(from("http://deploy.example.com"), 403);
  EXPECT_EQ(from("https://deploy.example.com.evil.com"), 403);
}

TEST_F(Endpoint, TheSameToolsAreThereWithoutMcp) {
  EXPECT_EQ(world.get("/mcp/tools")->json()["tools"], host.result("tools/list")["tools"]);
  const auto made = world.post("/mcp/tools/create_environment", {{"name", "shop"}});
  EXPECT_EQ(made->got.status, 201);
  EXPECT_EQ(made->json()["environment"]["name"], "shop");
  const auto again = world.post("/mcp/tools/create_environment", {{"name", "shop"}});
  EXPECT_EQ(again->got.status, 409);
  EXPECT_EQ(again->got.content_type, "application/problem+json");
  EXPECT_EQ(world.call({.method = "POST", .path = "/mcp/tools/list_environments"})->json()["environments"].size(), 1U)
      << "no body: no arguments";
  EXPECT_EQ(world.post("/mcp/tools/nonsense", json::object())->got.status, 404);
  EXPECT_EQ(world.post("/mcp/tools/create_environment", json::array())->json()["errors"][0]["detail"],
            "must be an object");
  EXPECT_EQ(world.call({.method = "POST", .path = "/mcp/tools/create_environment", .body = "{"})->got.status, 400);
  EXPECT_EQ(world
                .call({.method = "POST",
                       .path = "/mcp/tools/create_environment",
                       .body = "{}",
                       .headers = {{"origin", "http://evil.com"}}})
                ->got.status,
            403);
}

TEST_F(Endpoint, AnIdempotencyKeyIsTheRoutes) {
  const auto call = [&](const std::string& name) {
    return host
        .send("tools/call", {{"name", "create_environment"}, {"arguments", {{"name", name}}}},
              {{"idempotency-key", "once"}})
        ->json()["result"];
  };
  const auto first = call("shop");
  EXPECT_EQ(call("shop"), first);
  EXPECT_EQ(world.shared->stored.environments().size(), 1U);
  EXPECT_EQ(agent::text(call("other"))["status"], 422);
  EXPECT_EQ(
      world.post("/environments", {{"name", "shop"}}, {{"idempotency-key", "once"}})->header("Idempotency-Replayed"),
      "true")
      << "shared with REST";
}
