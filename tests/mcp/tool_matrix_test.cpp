// Every tool of the table x {no key, lacking scope, own, foreign, missing}, held against the route it stands for: the
// same answers.
#include <cstring>

#include <gtest/gtest.h>

#include "http/api/routes.hpp"
#include "http/mcp/tool.hpp"
#include "http/mcp/tool_schema.hpp"
#include "tests/mcp/agent.hpp"

using namespace troupe;
using namespace troupe::http::mcp;
using namespace troupe::http::mcp::test;
using model::scope;

namespace {

struct objects {
  std::string environment, deployment, job, service, operation;
};

struct ToolMatrix : ::testing::TestWithParam<std::size_t> {
  api_world world;
  agent host{world};
  const tool& t = tools()[GetParam()];
  const http::api::route& r = t.twin();
  objects mine = make(world.alice), theirs = make(world.bob);
  const objects missing{"env_zzzzzzzzzzzzzzzz", "dep_zzzzzzzzzzzzzzzz", "job_zzzzzzzzzzzzzzzz", "none",
                        "op_zzzzzzzzzzzzzzzz"};

  objects make(const model::user_id& owner, const std::string& name = "staging") {
    const auto environment = world.add_environment(owner, name);
    const auto deployment = world.add_deployment(environment, model::deployment_status::running);
    return {environment.id.text, deployment.id.text, deployment.job.text, deployment.spec.service,
            world.add_operation(environment.id.text, owner)};
  }
  json body(const objects& with) const {
    if (r.body == "create_deployment") return http::api::test::minimal_deployment(with.environment);
    if (r.body == "create_environment") return {{"name", "fresh"}};
    if (r.body == "publish_environment") return {{"domain", "shop.example.org"}};
    if (r.body == "update_service") return {{"tag", "2"}};
    if (r.body == "put_application") return {{"compose", "services: {web: {image: nginx}}"}};
    if (t.body == "control_deployment") return {{"action", "stop"}};
    if (r.body == "scale_deployment") return {{"replicas", 2}};
    return json::object();
  }
  std::string id_in(const objects& with) const {
    return t.id == "environmentId" ? with.environment
           : t.id == "jobId"       ? with.job
           : t.id == "operationId" ? with.operation
           : t.id == "serviceId"   ? with.environment + '.' + with.service
                                   : with.deployment;
  }
  json arguments(const objects& with) const {
    auto out = body(with);
    if (!t.id.empty()) out[std::string(t.id)] = id_in(with);
    if (t.destroys()) out["confirm"] = t.id == "environmentId" ? "staging" : with.service;
    return out;
  }
  json call(const objects& with, const std::string& key = "alice") {
    return host.call(std::string(t.name), arguments(with), key);
  }
  recorded_ptr rest(const objects& with, const std::string& key = "alice") {
    std::string path(r.path);
    if (const auto at = path.find(":"); at != std::string::npos)
      path.replace(at, std::min(path.find('/', at), path.size()) - at, id_in(with));
    const auto sent = r.body.empty() || body(with).empty() ? "" : body(with).dump();  // of the route
    return world.call({.method = std::string(r.method),
                       .path = path,
                       .body = sent,
                       .headers = {{"x-request-id", "same"}},
                       .key = key});
  }
  std::uint64_t effects() const {
    return world.shared->stored.writes() + static_cast<std::uint64_t>(world.shared->commands);
  }
  void SetUp() override {
    world.settings.deployments_per_minute = world.settings.plans_per_minute = 1000;
    world.restart_front();
  }
  bool names_an_object() const { return !t.id.empty() || r.body == "create_deployment"; }
};

}  // namespace

TEST_P(ToolMatrix, IsClosedWithoutAKeyThatIsValid) {
  const auto before = effects();
  for (const std::string key : {"", "nonsense"}) {
    const auto way = host.send("tools/call", {{"name", t.name}, {"arguments", arguments(mine)}}, {}, key);
    EXPECT_EQ(way->got.status, 401);
    EXPECT_EQ(way->body(), rest(mine, key)->body());
  }
  EXPECT_EQ(effects(), before);
}

TEST_P(ToolMatrix, NeedsExactlyItsScopes) {
  if (t.scopes().empty()) {  // any key's
    world.add_key("none", world.alice, {});
    EXPECT_FALSE(call(mine, "none").contains("isError"));
    return;
  }
  model::scope_set others;
  for (std::size_t i = 0; i < model::scope_texts.texts.size(); ++i)
    if (static_cast<scope>(i) != r.scope) others.add(static_cast<scope>(i));
  world.add_key("others", world.alice, others);
  world.add_key("none", world.alice, {});
  world.add_key("exactly", world.alice, t.scopes());
  const auto before = effects();
  for (const bool remembered : {true, false}) {
    if (!remembered) world.shared->keys->clear();
    EXPECT_EQ(agent::text(call(mine, "others")), rest(mine, "others")->json());
    EXPECT_EQ(agent::text(call(mine, "none"))["status"], 403);
  }
  EXPECT_EQ(effects(), before) << "refused, and yet something was done";
  const auto result = call(mine, "exactly");
  EXPECT_FALSE(result.contains("isError")) << result;
  EXPECT_EQ(effects() > before, !t.reads());
}

TEST_P(ToolMatrix, WhatIsAnothersIsAsIfItWereNot) {
  if (!names_an_object()) return;
  const auto before = effects();
  const auto foreign = call(theirs), unknown = call(missing);
  EXPECT_EQ(foreign["isError"], true);
  EXPECT_EQ(foreign, unknown);
  EXPECT_EQ(agent::text(foreign), rest(missing)->json());
  world.shared->board->withdraw(model::deployment_id{theirs.deployment});
  EXPECT_EQ(call(theirs), unknown) << "off the board";
  EXPECT_EQ(effects(), before);
}

TEST_P(ToolMatrix, IdsOfAnotherKindOrFormAreNoIds) {
  if (t.id.empty()) return;
  const auto expected = call(missing);
  EXPECT_EQ(call({mine.deployment, mine.job, mine.environment, mine.service, mine.deployment}), expected);
  for (const std::string bad : {"1", "dep_", "dep_zzzzzzzzzzzzzzzz/logs", "dep_zzzzzzzzzzzzzzzz?x", "*", "..", "job"})
    EXPECT_EQ(call({bad, bad, bad, bad, bad}), expected) << bad;
}

TEST_P(ToolMatrix, ALimitedKeyFindsNothingOutside) {
  const auto outside = make(world.alice, "outside");
  const auto text = world.add_key("limited", world.alice, model::scope_set::user());
  auto& who = world.shared->valid.at(text);
  who.environments = {model::environment_id{mine.environment}};
  world.shared->keys->remember(text, who, std::nullopt, secrets::steady_time{});
  const auto before = effects();
  if (names_an_object()) {
    EXPECT_EQ(call(outside, "limited"), call(missing));
  } else {
    auto told = agent::text(call(outside, "limited")), of_route = rest(outside, "limited")->json();
    if (t.name == "list_deployments")  // in short
      for (auto* list : {&told, &of_route})
        for (auto& one : (*list)["deployments"]) one = one["id"];
    EXPECT_EQ(told, of_route);
  }
  EXPECT_EQ(effects(), before);
}

TEST_P(ToolMatrix, ResultsFitTheirOutputSchema) {
  const auto result = call(mine);
  const auto schema = output_schema(t);
  const auto& content = result.at("structuredContent");
  for (const auto& name : schema.at("required")) EXPECT_TRUE(content.contains(name.get<std::string>())) << name;
  EXPECT_EQ(result.dump().find("CANARY"), std::string::npos) << "a secret shows";
}

TEST_P(ToolMatrix, ADeadDatabaseNeverShowsItsText) {
  world.shared->throws = true;
  const auto way = host.start("tools/call", {{"name", t.name}, {"arguments", arguments(mine)}});
  world.advance(std::chrono::seconds(1));
  ASSERT_TRUE(way->answered);
  EXPECT_EQ(way->body().find("SELECT"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(All, ToolMatrix, ::testing::Range<std::size_t>(0, tools().size()),
                         [](const auto& which) { return std::string(tools()[which.param].name); });
