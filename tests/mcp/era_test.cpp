// Which era a request belongs to, and what each refuses.
#include "http/mcp/era.hpp"

#include <gtest/gtest.h>

#include "tests/mcp/agent.hpp"

using namespace troupe::http::mcp;
using namespace troupe::http::mcp::test;
using troupe::http::header_list;

namespace {

struct Eras : ::testing::Test {
  api_world world;
  agent old{world}, fresh{world, true};

  void expect_error(const recorded_ptr& way, int status, int number) {
    EXPECT_EQ(way->got.status, status) << way->body();
    EXPECT_EQ(way->json()["error"]["code"], number) << way->body();
    EXPECT_EQ(way->json()["id"], 7);
    EXPECT_FALSE(way->json().contains("result"));
  }
};

}  // namespace

TEST_F(Eras, InitializeAgreesOnARevision) {
  for (const std::string one : {"2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"})
    EXPECT_EQ(old.result("initialize", {{"protocolVersion", one}})["protocolVersion"], one);
  for (const std::string one : {"2024-10-07", "2026-07-28", "1.0"})
    EXPECT_EQ(old.result("initialize", {{"protocolVersion", one}})["protocolVersion"], "2025-11-25")
        << "ours, where theirs is not known";
  const auto made = old.result("initialize", {{"protocolVersion", "2025-11-25"}});
  EXPECT_EQ(made["capabilities"], json::parse(R"({"tools":{}})"));
  EXPECT_EQ(made["serverInfo"]["name"], "troupe");
  EXPECT_EQ(old.result("ping"), json::object());
  expect_error(old.send("initialize"), 200, -32602);
}

TEST_F(Eras, NoHeaderIsTheLegacyEra) {
  for (const std::string one : {"(none)", "2025-03-26", "2025-11-25"})
    EXPECT_EQ(old.send("ping", json::object(), {{"mcp-protocol-version", one}})->json()["result"], json::object())
        << one;
  expect_error(old.send("ping", json::object(), {{"mcp-protocol-version", "1999-01-01"}}), 400, -32022);
  expect_error(old.send("server/discover"), 400, -32020);
  expect_error(old.send("nonsense"), 200, -32601);
  expect_error(old.send("tasks/get", {{"taskId", "job_aaaaaaaaaaaaaaaa"}}), 200, -32601);
}

TEST_F(Eras, DiscoverTellsWhatIsSpoken) {
  const auto found = fresh.result("server/discover");
  EXPECT_EQ(found["supportedVersions"], json::array({"2026-07-28"}));
  EXPECT_EQ(found["capabilities"]["extensions"], json::parse(R"({"io.modelcontextprotocol/tasks":{}})"));
  EXPECT_EQ(found["resultType"], "complete");
  EXPECT_EQ(found["_meta"]["io.modelcontextprotocol/serverInfo"]["name"], "troupe");
  EXPECT_GE(found["ttlMs"], 0);
  const auto listed = fresh.result("tools/list");
  EXPECT_EQ(listed["cacheScope"], "private");
  EXPECT_EQ(listed["resultType"], "complete");
}

TEST_F(Eras, WhatWasRemovedIsNotThere) {
  for (const char* method :
       {"initialize", "ping", "logging/setLevel", "resources/list", "tasks/list", "tasks/result", "nonsense"})
    expect_error(fresh.send(method), 404, -32601);
}

TEST_F(Eras, HeadersMustSayWhatTheBodySays) {
  const auto with = [&](const std::string& name, const std::string& value) {
    return fresh.send("tools/call", {{"name", "list_environments"}}, {{name, value}});
  };
  for (const std::string bad : {"(none)", "tools/list", "TOOLS/CALL", ""})
    expect_error(with("mcp-method", bad), 400, -32020);
  for (const std::string bad : {"(none)", "get_logs", "LIST_ENVIRONMENTS",
                                "=?base64?bGlzdF9lbnZpcm9ubWVudA==?=", "=?base64?bGlzd?=", "=?base64?!!!!?=",
                                "=?base64?"
                                "?="})
    expect_error(with("mcp-name", bad), 400, -32020);
  expect_error(with("mcp-protocol-version", "(none)"), 400, -32020);
  expect_error(with("mcp-protocol-version", "2025-11-25"), 400, -32020);
  EXPECT_EQ(with("mcp-name", "=?base64?bGlzdF9lbnZpcm9ubWVudHM=?=")->got.status, 200);
}

TEST_F(Eras, MetaMustSayRevisionAndCapabilities) {
  const header_list headers{{"mcp-protocol-version", "2026-07-28"}, {"mcp-method", "tools/list"}};
  const auto version = "io.modelcontextprotocol/protocolVersion",
             capabilities = "io.modelcontextprotocol/clientCapabilities";
  for (const json& meta : {json(), json::object(), json{{version, "2026-07-28"}}, json{{capabilities, json::object()}},
                           json{{version, 1}, {capabilities, json::object()}},
                           json{{version, "2026-07-28"}, {capabilities, json::array()}}, json("text")})
    expect_error(old.send("tools/list", {{"_meta", meta}}, headers), 400, -32602);
  const auto unknown = old.send("tools/list", {{"_meta", {{version, "2999-01-01"}, {capabilities, json::object()}}}},
                                {{"mcp-protocol-version", "2999-01-01"}, {"mcp-method", "tools/list"}});
  expect_error(unknown, 400, -32022);
  EXPECT_EQ(unknown->json()["error"]["data"], json::parse(R"({"supported":["2026-07-28"],"requested":"2999-01-01"})"));
}
