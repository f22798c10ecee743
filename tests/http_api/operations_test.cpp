// Operations as REST shows them, whatever it was that was asked for.
#include <set>

#include <gtest/gtest.h>

#include "actors/model/operation.hpp"
#include "tests/http_api/api_world.hpp"

using namespace troupe;
using namespace troupe::http::api::test;
using namespace std::chrono_literals;
using model::deployment_status;

namespace {

struct Operations : testing::Test {
  recorded_ptr stream(const std::string& operation, const std::string& last = {}) {
    http::header_list headers{{"accept", "text/event-stream"}};
    if (!last.empty()) headers.emplace_back("last-event-id", last);
    return world.call({.path = "/operations/" + operation, .headers = std::move(headers)});
  }
  static std::string of(const model::deployment& d, std::uint64_t revision = 1) {
    return model::text_of(model::deployment_operation{d.id, revision});
  }

  api_world world;
  model::environment environment = world.add_environment(world.alice, "shop");
};

}  // namespace

TEST_F(Operations, EachAcceptedWriteNamesItsOwn) {
  const auto d = world.add_deployment(environment, deployment_status::running);
  const auto begun = [&](const recorded_ptr& way) {
    const auto operation = way->json().at("operation");
    const auto shown = world.get("/operations/" + operation.at("id").get<std::string>());
    EXPECT_EQ(shown->got.status, 200) << shown->body();
    EXPECT_EQ(shown->json()["operation"]["id"], operation["id"]);
    EXPECT_EQ(shown->json()["operation"]["status"], operation["status"]);
    EXPECT_EQ(shown->json()["operation"]["environmentId"].get<std::string>().substr(0, 4), "env_");
    return operation;
  };
  const auto path = "/deployments/" + d.id.text;
  EXPECT_EQ(begun(world.post("/deployments", minimal_deployment(environment.id.text)))["kind"], "deploy");
  EXPECT_EQ(begun(world.call({.method = "PATCH",
                              .path = "/services/" + environment.id.text + '.' + d.spec.service,
                              .body = R"({"tag":"2"})"}))["kind"],
            "deploy");
  for (const auto* verb : {"stop", "start", "restart", "cancel"}) {
    const auto operation = begun(world.call({.method = "POST", .path = path + '/' + verb}));
    EXPECT_EQ(operation["id"], of(d));
  }
  EXPECT_EQ(world.post(path + "/scale", {{"replicas", 2}})->json()["operation"]["kind"], "scale");
  EXPECT_EQ(begun(world.call({.method = "DELETE", .path = path}))["id"], of(d));
  EXPECT_EQ(begun(world.post("/environments", {{"name", "fresh"}}))["kind"], "createEnvironment");
  EXPECT_EQ(begun(world.call({.method = "DELETE", .path = "/environments/" + environment.id.text}))["kind"],
            "deleteEnvironment");
}

TEST_F(Operations, AReleaseIsFollowedToItsTrueEnd) {
  const auto d = world.add_deployment(environment, deployment_status::pulling_image);
  const auto way = world.get("/operations/" + of(d), "wait=30s");
  EXPECT_FALSE(way->answered);
  world.change(d.id, deployment_status::starting_containers);
  EXPECT_FALSE(way->answered);
  world.change(d.id, deployment_status::running);
  ASSERT_TRUE(way->answered);
  const auto operation = way->json()["operation"];
  EXPECT_EQ(operation["status"], "SUCCEEDED");
  EXPECT_EQ(operation["kind"], "deploy");
  EXPECT_EQ(operation["events"].size(), 3U);
  ASSERT_EQ(operation["steps"].size(), 1U);
  EXPECT_EQ(operation["steps"][0]["deploymentId"], d.id.text);
  EXPECT_EQ(operation["steps"][0]["status"], "DONE");
}

TEST_F(Operations, AnswersAsItIsWhenTheTimeIsUp) {
  const auto d = world.add_deployment(environment, deployment_status::pulling_image);
  const auto way = world.get("/operations/" + of(d), "wait=2s");
  world.advance(1900ms);
  EXPECT_FALSE(way->answered);
  world.advance(600ms);
  ASSERT_TRUE(way->answered);
  EXPECT_EQ(way->json()["operation"]["status"], "APPLYING");
}

TEST_F(Operations, AFailureIsTold) {
  const auto d = world.add_deployment(environment, deployment_status::pulling_image);
  world.change(d.id, deployment_status::failed, "The image is not there.",
               model::make_failure(model::failure_code::image_not_found, "The image is not there."));
  const auto operation = world.get("/operations/" + of(d), "wait=30s")->json()["operation"];
  EXPECT_EQ(operation["status"], "FAILED");
  EXPECT_EQ(operation["detail"], "The image is not there.");
  EXPECT_EQ(operation["steps"][0]["status"], "FAILED");
}

TEST_F(Operations, WaitersAreBoundedAndForgottenWhenTheyLeave) {
  const auto d = world.add_deployment(environment, deployment_status::pulling_image);
  std::vector<recorded_ptr> ways;
  for (int i = 0; i < 3; ++i) ways.push_back(world.get("/operations/" + of(d), "wait=30s"));
  EXPECT_EQ(world.get("/operations/" + of(d), "wait=30s")->got.status, 429);
  ways[0]->leave();
  const auto next = world.get("/operations/" + of(d), "wait=30s");
  EXPECT_FALSE(next->answered);
  world.change(d.id, deployment_status::starting_containers);  // each looks again, and goes on waiting
  EXPECT_FALSE(next->answered);
  ways[1]->leave();
  EXPECT_FALSE(world.get("/operations/" + of(d), "wait=30s")->answered);
  world.front().close();
  EXPECT_TRUE(next->answered) << "a closing front answers whoever waits";
  EXPECT_EQ(next->json()["operation"]["status"], "APPLYING");
  EXPECT_FALSE(ways[0]->answered);
}

TEST_F(Operations, AStreamTellsEachChangeUntilTheEndAndGoesOnWhereItWas) {
  const auto d = world.add_deployment(environment, deployment_status::pulling_image);
  const auto way = stream(of(d));
  ASSERT_TRUE(way->streaming);
  EXPECT_TRUE(way->got.body.starts_with("id: 1\nevent: operation\ndata: {")) << way->got.body;
  world.change(d.id, deployment_status::starting_containers);
  EXPECT_NE(way->got.body.find("id: 2\n"), std::string::npos);
  EXPECT_FALSE(way->closed);
  const auto later = stream(of(d), "2");
  EXPECT_FALSE(later->streaming) << "nothing to say yet";
  world.change(d.id, deployment_status::running);
  for (const auto& one : {way, later}) {
    EXPECT_NE(one->got.body.find("id: 3\n"), std::string::npos);
    EXPECT_NE(one->got.body.find("\"SUCCEEDED\""), std::string::npos);
    EXPECT_TRUE(one->closed);
  }
  EXPECT_EQ(later->got.body.find("id: 2\n"), std::string::npos);
  EXPECT_EQ(stream(of(d), "3")->got.status, 204) << "an EventSource need not come back";
  EXPECT_EQ(stream(of(d), "x")->got.status, 400);
}

TEST_F(Operations, AStreamOfWhatDoesNotChangeStaysOpen) {
  const auto d = world.add_deployment(environment, deployment_status::pulling_image);
  const auto way = stream(of(d));
  world.advance(60s);
  EXPECT_FALSE(way->closed);
  EXPECT_EQ(way->got.body.find("id: 1\n"), way->got.body.rfind("id: 1\n")) << "told once";
  world.change(d.id, deployment_status::running);
  EXPECT_TRUE(way->closed);
}

TEST_F(Operations, TheDeletionOfAnEnvironmentIsFollowedUntilItIsGone) {
  const auto id = model::text_of(model::environment_operation{environment.id, true});
  auto row = environment;
  row.status = model::environment_status::deleting;
  ++row.revision;
  support::publish(world.shared, row);
  const auto way = world.get("/operations/" + id, "wait=30s");
  EXPECT_FALSE(way->answered);
  row.status = model::environment_status::deleted;
  ++row.revision;
  support::publish(world.shared, row);
  world.shared->board->withdraw(row.id);
  world.advance(1500ms);
  ASSERT_TRUE(way->answered);
  EXPECT_EQ(way->json()["operation"]["status"], "SUCCEEDED");
  const auto made = model::text_of(model::environment_operation{environment.id, false});
  EXPECT_EQ(world.get("/operations/" + made)->got.status, 404) << "what was in it, and of it, is gone with it";
}

TEST_F(Operations, WhatIsAnothersIsAsIfItWereNot) {
  const auto d = world.add_deployment(environment, deployment_status::running);
  world.add_site(environment.id.text, "shop.example.org");
  std::set<std::string> texts;
  for (const auto& id :
       {of(d), of(d, 7), model::text_of(model::environment_operation{environment.id, false}),
        model::text_of(model::environment_operation{environment.id, true}),
        world.add_operation(environment.id.text, world.alice), std::string("op_zzzzzzzzzzzzzzzz"),
        std::string("op_zzzzzzzzzzzzzzzz-r1"), std::string("op_zzzzzzzzzzzzzzzz-delete"), std::string("nonsense")})
    for (const auto* method : {"GET", "POST"}) {
      const auto way = world.call({.method = method,
                                   .path = "/operations/" + id + (*method == 'P' ? "/cancel" : ""),
                                   .headers = {{"x-request-id", "same"}},
                                   .key = "bob"});
      EXPECT_EQ(way->got.status, 404) << id;
      texts.insert(way->json()["detail"]);
    }
  EXPECT_EQ(texts.size(), 1U);
}

TEST_F(Operations, OnlyWhatMakesAReleaseIsCancelled) {
  const auto d = world.add_deployment(environment, deployment_status::pulling_image);
  const auto before = world.shared->commands;
  EXPECT_EQ(world.call({.method = "POST", .path = "/operations/" + of(d) + "/cancel"})->got.status, 202);
  EXPECT_EQ(world.shared->commands, before + 1);
  const auto runs = world.add_deployment(environment, deployment_status::running);
  EXPECT_EQ(world.call({.method = "POST", .path = "/operations/" + of(runs) + "/cancel"})->got.status, 409);
  const auto made = model::text_of(model::environment_operation{environment.id, false});
  EXPECT_EQ(world.call({.method = "POST", .path = "/operations/" + made + "/cancel"})->got.status, 409);
  EXPECT_EQ(world.shared->commands, before + 1);
}
