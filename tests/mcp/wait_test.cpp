// wait_for_deployment: one answer where nobody asked for progress, else a stream of the steps and the answer at its
// end.
#include <gtest/gtest.h>

#include "tests/mcp/agent.hpp"

using namespace troupe;
using namespace troupe::http::mcp::test;
using model::deployment_status;
using namespace std::chrono_literals;

namespace {

struct Wait : ::testing::TestWithParam<bool> {
  api_world world;
  agent host{world, GetParam()};
  model::environment environment = world.add_environment(world.alice, "staging");
  model::deployment d = world.add_deployment(environment, deployment_status::pending);

  recorded_ptr wait(const json& token = "t", http::header_list headers = {}, const std::string& key = "alice",
                    json more = json::object()) {
    more["deploymentId"] = d.id.text;
    json params{{"name", "wait_for_deployment"}, {"arguments", more}};
    if (!token.is_null()) params["_meta"]["progressToken"] = token;
    return host.send("tools/call", params, std::move(headers), key);
  }
  static std::vector<std::string> steps(const recorded_ptr& way, const json& token = "t") {
    std::vector<std::string> out;
    std::uint64_t last = 0;
    for (const auto& event : events_of(way)) {
      if (!event.contains("method")) continue;
      EXPECT_EQ(event["method"], "notifications/progress");
      EXPECT_EQ(event["params"]["progressToken"], token);
      EXPECT_GT(event["params"]["progress"].get<std::uint64_t>(), last) << "strictly rising";
      last = event["params"]["progress"];
      out.push_back(event["params"]["message"]);
    }
    return out;
  }
};

}  // namespace

TEST_P(Wait, WithoutATokenTheAnswerComesAlone) {
  const auto way = wait(json());
  EXPECT_FALSE(way->answered);
  world.change(d.id, deployment_status::running);
  ASSERT_TRUE(way->answered);
  EXPECT_FALSE(way->streaming);
  EXPECT_EQ(way->json()["result"]["structuredContent"]["deployment"]["status"], "RUNNING");
}

TEST_P(Wait, EachTransitionIsToldAndThenTheResult) {
  for (const json& token : {json("t"), json(42)}) {
    d = world.add_deployment(environment, deployment_status::pending);
    const auto way = wait(token);
    EXPECT_TRUE(way->streaming);
    EXPECT_EQ(way->header("Content-Type"), "text/event-stream");
    world.change(d.id, deployment_status::pulling_image, "turn granted");
    world.change(d.id, deployment_status::creating_volumes);
    world.change(d.id, deployment_status::starting_containers, "\x1b[1mready\u202e");
    EXPECT_FALSE(way->closed);
    world.change(d.id, deployment_status::running, "stable");
    ASSERT_TRUE(way->closed);
    EXPECT_EQ(steps(way, token),
              (std::vector<std::string>{"PENDING: accepted", "PULLING_IMAGE: turn granted", "CREATING_VOLUMES",
                                        "STARTING_CONTAINERS: ready", "RUNNING: stable"}));
    const auto last = events_of(way).back();
    EXPECT_EQ(last["id"], 7);
    EXPECT_EQ(last["result"]["structuredContent"]["deployment"]["status"], "RUNNING");
    EXPECT_EQ(last["result"].contains("resultType"), GetParam());
  }
}

TEST_P(Wait, WhatHasSettledIsToldAtOnce) {
  for (const auto status : {deployment_status::running, deployment_status::failed}) {
    d = world.add_deployment(environment, deployment_status::pending);
    world.change(d.id, status);
    const auto way = wait();
    ASSERT_TRUE(way->closed);
    EXPECT_EQ(steps(way).size(), 2U);
    EXPECT_EQ(events_of(way).back()["result"]["structuredContent"]["deployment"]["status"],
              model::deployment_status_texts[status]);
  }
}

TEST_P(Wait, TheTimeIsBounded) {
  const auto way = wait("t", {}, "alice", {{"wait", "5s"}});
  world.advance(4s);
  EXPECT_FALSE(way->closed);
  world.advance(2s);
  ASSERT_TRUE(way->closed);
  EXPECT_EQ(events_of(way).back()["result"]["structuredContent"]["deployment"]["status"], "PENDING");
  const auto long_one = wait(json());
  world.advance(61s);
  EXPECT_TRUE(long_one->answered);
  EXPECT_EQ(agent::text(events_of(wait("t", {}, "alice", {{"wait", "1h"}})).back()["result"])["status"], 400);
}

TEST_P(Wait, ASignOfLifeComesEveryTenSeconds) {
  const auto way = wait();
  world.change(d.id, deployment_status::pulling_image, "turn granted");
  world.advance(11s);
  EXPECT_EQ(steps(way), (std::vector<std::string>{"PENDING: accepted", "PULLING_IMAGE: turn granted",
                                                  "Still PULLING_IMAGE: turn granted"}));
  world.advance(35s);
  EXPECT_TRUE(way->closed) << "before hosts give up, after 60 s";
  EXPECT_EQ(steps(way).size(), 6U);
}

TEST_P(Wait, ARefusalIsOneAnswer) {
  const auto foreign = world.add_deployment(world.add_environment(world.bob, "b"), deployment_status::running);
  for (const auto& id : std::vector<std::string>{foreign.id.text, "dep_zzzzzzzzzzzzzzzz", "x"}) {
    d.id.text = id;
    const auto way = wait();
    ASSERT_TRUE(way->answered);
    EXPECT_FALSE(way->streaming);
    EXPECT_EQ(agent::text(way->json()["result"])["status"], 404);
  }
}

TEST_P(Wait, AHostThatTakesNoStreamGetsNone) {
  const auto way = wait("t", {{"accept", "application/json"}});
  EXPECT_FALSE(way->streaming);
  world.change(d.id, deployment_status::running);
  EXPECT_TRUE(way->answered);
}

TEST_P(Wait, WhoLeavesIsForgotten) {
  for (int i = 0; i < 10; ++i) {  // more than a user may have open at once
    const auto way = wait();
    ASSERT_TRUE(way->streaming) << i;
    way->leave();
    world.run();
  }
  EXPECT_TRUE(wait()->streaming);
}

TEST_P(Wait, ARevokedKeyEndsIt) {
  world.add_key("short", world.alice, model::scope_set::user());
  const auto way = wait("t", {}, "short");
  ASSERT_TRUE(way->streaming);
  std::string id;
  const auto keys = world.get("/auth/keys")->json();
  for (const auto& key : keys["keys"])
    if (key["name"] == "short") id = key["keyId"];
  EXPECT_EQ(world.post("/auth/revoke", {{"keyId", id}})->got.status, 200);
  world.run();
  ASSERT_TRUE(way->closed);
  EXPECT_EQ(agent::text(events_of(way).back()["result"])["status"], 401);
}

TEST_P(Wait, TooManyAtOnceAreRefused) {
  std::vector<recorded_ptr> open;
  for (int i = 0; i < 2; ++i) open.push_back(wait());
  const auto refused = wait();
  ASSERT_TRUE(refused->answered);
  EXPECT_EQ(agent::text(refused->json()["result"])["status"], 429);
}

TEST_P(Wait, AQuietStreamIsKeptAlive) {
  const auto way = wait();
  world.advance(20s);
  EXPECT_NE(way->got.body.find(": still here"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Eras, Wait, ::testing::Bool(),
                         [](const auto& modern) { return modern.param ? "Modern" : "Legacy"; });
