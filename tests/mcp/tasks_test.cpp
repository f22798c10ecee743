// The tasks extension: a deployment as a task, for hosts that declare it.
#include <gtest/gtest.h>

#include "tests/mcp/agent.hpp"

using namespace troupe;
using namespace troupe::http::mcp::test;
using model::deployment_status;

namespace {

struct Tasks : ::testing::Test {
  api_world world;
  agent host{world, true, true};
  model::environment environment = world.add_environment(world.alice, "staging");

  json deploy() { return host.call("create_deployment", {{"environmentId", environment.id.text}, {"image", "nginx"}}); }
  json get(const std::string& id) { return host.result("tasks/get", {{"taskId", id}}); }
  model::deployment_id deployment(const std::string& job) {
    return model::deployment_id{world.get("/deployments/job/" + job)->json()["deployment"]["id"].get<std::string>()};
  }
  void expect_error(const recorded_ptr& way, int status, int number) {
    EXPECT_EQ(way->got.status, status) << way->body();
    EXPECT_EQ(way->json()["error"]["code"], number) << way->body();
  }
};

}  // namespace

TEST_F(Tasks, ADeploymentIsATaskOnceItIsStored) {
  const auto task = deploy();
  EXPECT_EQ(task["resultType"], "task");
  EXPECT_EQ(task["status"], "working");
  EXPECT_TRUE(task["taskId"].get<std::string>().starts_with("job_"));
  EXPECT_TRUE(task["ttlMs"].is_null());
  EXPECT_GT(task["pollIntervalMs"], 0);
  EXPECT_TRUE(task["createdAt"].get<std::string>().ends_with("Z"));
  for (const char* none : {"content", "result", "error", "task", "requestState"})
    EXPECT_FALSE(task.contains(none)) << none;
  EXPECT_TRUE(world.shared->stored.deployments().contains(deployment(task["taskId"])));
}

TEST_F(Tasks, OnlyHostsThatDeclareThemGetTasks) {
  host.knows_tasks = false;
  const auto plain = deploy();
  EXPECT_EQ(plain["resultType"], "complete");
  const auto job = plain["structuredContent"]["jobId"].get<std::string>();
  for (const char* method : {"tasks/get", "tasks/update", "tasks/cancel"}) {
    const auto way = host.send(method, {{"taskId", job}});
    expect_error(way, 400, -32021);
    EXPECT_TRUE(
        way->json()["error"]["data"]["requiredCapabilities"]["extensions"].contains("io.modelcontextprotocol/tasks"));
  }
  host.modern = false;
  EXPECT_FALSE(deploy().contains("resultType"));
}

TEST_F(Tasks, GoFromWorkingToTheirEnd) {
  const std::tuple<deployment_status, const char*, bool> ends[] = {
      {deployment_status::running, "completed", false},
      {deployment_status::superseded, "completed", false},
      {deployment_status::failed, "completed", true},
      {deployment_status::cancelled, "cancelled", false},
      {deployment_status::pulling_image, "working", false}};
  world.settings.deployments_per_minute = world.settings.plans_per_minute = 100;
  world.restart_front();
  for (const auto& [status, told, failed] : ends) {
    const auto id = deploy()["taskId"].get<std::string>();
    EXPECT_EQ(get(id)["status"], "working");
    world.change(deployment(id), status, "",
                 status == deployment_status::failed
                     ? std::optional(model::make_failure(model::failure_code::exited, "boom"))
                     : std::nullopt);
    const auto task = get(id);
    EXPECT_EQ(task["status"], told);
    EXPECT_EQ(task["taskId"], id);
    EXPECT_EQ(task["resultType"], "complete");
    EXPECT_EQ(task.contains("result"), std::string(told) == "completed");
    if (!task.contains("result")) continue;
    EXPECT_EQ(task["result"].contains("isError"), failed) << "a failure of the tool's, not of the protocol's";
    EXPECT_EQ(task["result"]["content"][0]["text"].get<std::string>().find("boom") != std::string::npos, failed);
    if (!failed) {
      EXPECT_EQ(task["result"]["structuredContent"]["jobId"], id);
    }
  }
}

TEST_F(Tasks, CancellingIsTheRoutesAndMayBeRepeated) {
  const auto id = deploy()["taskId"].get<std::string>();
  const auto before = world.shared->commands;
  for (int i = 0; i < 2; ++i) {
    const auto ack = host.result("tasks/cancel", {{"taskId", id}});
    EXPECT_EQ(ack["resultType"], "complete");
    for (const char* none : {"taskId", "status", "result", "error"}) EXPECT_FALSE(ack.contains(none)) << none;
  }
  EXPECT_EQ(world.shared->commands, before + 2);
  EXPECT_EQ(host.result("tasks/update", {{"taskId", id}, {"inputResponses", json::object()}})["resultType"],
            "complete");
}

TEST_F(Tasks, WhatIsAnothersIsAsIfItWereNot) {
  const auto foreign = world.add_deployment(world.add_environment(world.bob, "b"), deployment_status::running).job.text;
  const auto before = world.shared->commands;
  for (const char* method : {"tasks/get", "tasks/update", "tasks/cancel"}) {
    const auto unknown = host.send(method, {{"taskId", "job_zzzzzzzzzzzzzzzz"}});
    expect_error(unknown, 400, -32602);
    EXPECT_EQ(host.send(method, {{"taskId", foreign}})->body(), unknown->body());
    EXPECT_EQ(host.send(method, {{"taskId", "x/../y"}})->body(), unknown->body());
    expect_error(host.send(method), 400, -32602);
  }
  EXPECT_EQ(world.shared->commands, before);
}

TEST_F(Tasks, ATaskNeedsTheScopesOfItsRoutes) {
  const auto id = deploy()["taskId"].get<std::string>();
  world.add_key("reader", world.alice, {model::scope::deployments_read});
  world.add_key("writer", world.alice, {model::scope::deployments_write});
  EXPECT_EQ(host.send("tasks/get", {{"taskId", id}}, {}, "reader")->got.status, 200);
  EXPECT_EQ(host.send("tasks/cancel", {{"taskId", id}}, {}, "reader")->json()["error"]["data"]["status"], 403);
  EXPECT_EQ(host.send("tasks/get", {{"taskId", id}}, {}, "writer")->json()["error"]["data"]["status"], 403);
  EXPECT_EQ(host.call("create_deployment", {{"environmentId", environment.id.text}, {"image", "nginx"}},
                      "writer")["resultType"],
            "complete")
      << "a key that could not ask for the task gets the answer";
}

TEST_F(Tasks, ARefusedCallIsNoTask) {
  const auto refused = host.call("create_deployment", {{"environmentId", "env_zzzzzzzzzzzzzzzz"}, {"image", "nginx"}});
  EXPECT_EQ(refused["resultType"], "complete");
  EXPECT_EQ(refused["isError"], true);
}
