#include "actors/codec/observation_json.hpp"

#include <gtest/gtest.h>

#include "actors/codec/image_json.hpp"

namespace troupe::codec {
namespace {

TEST(ObservationJson, AFullTaskComesBackEqual) {
  model::task_observation task;
  task.id = "t1";
  task.name = "web.1";
  task.node = "node-a";
  task.container = "c1";
  task.deployment = {"dep_aaaaaaaaaaaaaaaa"};
  task.generation = 7;
  task.phase = model::task_phase::ended;
  task.wanted = true;
  task.started_at = model::timestamp{std::chrono::microseconds{1'700'000'000'123'456}};
  task.exit_code = -1;
  task.completed = true;
  task.trouble = model::make_failure(model::failure_code::exited, "exited with code 1", "boom");
  task.fatal = true;
  task.unplaceable = true;
  task.published = {80, 65535};
  EXPECT_EQ(task_observation_from_json(nlohmann::json::parse(to_json(task).dump())), task);
}

TEST(ObservationJson, AnEmptyTaskComesBackEqual) {
  const model::task_observation task;
  const auto json = to_json(task);
  EXPECT_EQ(task_observation_from_json(json), task);
  for (const auto* absent : {"startedAt", "exitCode", "completed", "trouble"})
    EXPECT_FALSE(json.contains(absent)) << absent;
}

TEST(ResolvedImageJson, ComesBackEqual) {
  const model::resolved_image image{
      "docker.io/library/nginx@sha256:1", "sha256:1", 101, 102, {{"/run", false}, {"/var/cache/nginx", true}}, true,
      "the registry was not asked"};
  EXPECT_EQ(resolved_image_from_json(nlohmann::json::parse(to_json(image).dump())), image);
  auto more = image;
  more.groups = {50, 101};
  more.home = "/tmp";
  more.preset = model::security_preset::drops_root;
  more.scratch[0].made = model::directory_owner{999, 998, 02775};
  more.scratch[1].copied = true;
  EXPECT_EQ(resolved_image_from_json(nlohmann::json::parse(to_json(more).dump())), more);
}

}  // namespace
}  // namespace troupe::codec
