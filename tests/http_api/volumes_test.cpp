// An environment's volumes: who uses them, what they hold, and that one goes only when it is said twice.
#include <gtest/gtest.h>

#include "tests/http_api/api_world.hpp"

using namespace troupe;
using namespace troupe::http::api;
using namespace troupe::http::api::test;

namespace {

struct Volumes : ::testing::Test {
  api_world world;
  model::environment environment = world.add_environment(world.alice, "staging");

  void deploy_with(const std::string& volume) {
    auto view = std::make_shared<actors::deployment_view>();
    view->row = world.add_deployment(environment, model::deployment_status::running);
    view->row.spec.volumes = {{volume, "/data", true}};
    auto of_environment = std::make_shared<actors::environment_view>();
    of_environment->row = environment;
    of_environment->deployments = {
        {view->row.id, view->row.spec.service, view->row.spec.image.text(), view->row.status}};
    world.shared->board->publish(actors::deployment_view_ptr(view));
    world.shared->board->publish(actors::environment_view_ptr(of_environment));
  }
  recorded_ptr remove(const std::string& name, const std::string& query) {
    return world.call(
        {.method = "DELETE", .path = "/environments/" + environment.id.text + "/volumes/" + name, .query = query});
  }
};

}  // namespace

TEST_F(Volumes, AreListedWithTheirSizeAndWhoUsesThem) {
  world.shared->volumes = {{"auto-db-1a2b3c", support::start_of_time, 4'096, support::start_of_time}, {"old"}};
  deploy_with("data");
  const auto list = world.get("/environments/" + environment.id.text + "/volumes")->json()["volumes"];
  ASSERT_EQ(list.size(), 3U);
  EXPECT_EQ(list[0]["kind"], "auto");
  EXPECT_EQ(list[0]["sizeBytes"], 4'096);
  EXPECT_EQ(list[0]["since"], list[0]["measuredAt"]);
  EXPECT_EQ(list[1]["name"], "data");
  EXPECT_EQ(list[1]["exists"], false) << "declared, and not made yet";
  EXPECT_EQ(list[1]["usedBy"][0]["mountPath"], "/data");
  EXPECT_EQ(list[1]["usedBy"][0]["readOnly"], true);
  EXPECT_EQ(list[2]["name"], "old") << "nobody mounts it, and it is there";
  EXPECT_TRUE(list[2]["sizeBytes"].is_null());
  EXPECT_TRUE(list[2]["usedBy"].empty());
}

TEST_F(Volumes, OneIsDeletedOnlyWhereItsNameIsConfirmed) {
  world.shared->volumes = {{"old"}};
  for (const std::string wrong : {"", "confirm=", "confirm=other", "confirm=true"}) {
    const auto refused = remove("old", wrong);
    EXPECT_EQ(refused->got.status, 400) << wrong;
    EXPECT_NE(refused->body().find("?confirm=old"), std::string::npos) << "it says what to do";
  }
  EXPECT_EQ(world.shared->volumes.size(), 1U);
  const auto done = remove("old", "confirm=old");
  EXPECT_EQ(done->got.status, 200);
  EXPECT_EQ(done->json()["deleted"], "old");
  EXPECT_TRUE(world.shared->volumes.empty());
  EXPECT_EQ(remove("old", "confirm=old")->got.status, 404);
}

TEST_F(Volumes, AnIdempotencyKeyIsOfOneVolume) {
  world.shared->volumes = {{"a"}, {"b"}};
  const auto with_key = [&](const std::string& name) {
    return world.call({.method = "DELETE",
                       .path = "/environments/" + environment.id.text + "/volumes/" + name,
                       .query = "confirm=" + name,
                       .headers = {{"idempotency-key", "once"}}});
  };
  EXPECT_EQ(with_key("a")->got.status, 200);
  EXPECT_EQ(with_key("a")->got.status, 200) << "the first answer again";
  EXPECT_EQ(with_key("b")->got.status, 422);
  EXPECT_EQ(world.shared->volumes.size(), 1U);
}
