#include "http/api/render.hpp"

#include <gtest/gtest.h>

namespace troupe::http::api {
namespace {

actors::deployment_view view_with_a_running_container(model::deployment_status status) {
  actors::deployment_view view;
  view.row.spec.image = {"docker.io", "library/nginx", "1", ""};
  view.row.status = status;
  view.row.spec.ports = {{80, 8080}};
  model::task_observation task;
  task.phase = model::task_phase::running;
  task.published = {8080};
  view.containers = {task};
  return view;
}

TEST(Render, AReleaseThatIsOverShowsNoRunningContainerAndNoBoundPort) {
  for (std::size_t i = 0; i < model::deployment_status_texts.texts.size(); ++i) {
    const auto status = static_cast<model::deployment_status>(i);
    const auto shown = render(view_with_a_running_container(status));
    const bool over = model::is_final(status);
    EXPECT_EQ(shown["containers"][0]["status"], over ? "ended" : "running") << shown["status"];
    EXPECT_EQ(shown["ports"][0]["bound"], !over) << shown["status"];
  }
}

TEST(Render, VolumesAndWarningsAreThoseOfTheReleaseAndOfItsImage) {
  auto view = view_with_a_running_container(model::deployment_status::running);
  view.row.spec.volumes = {{"data", "/data"}};
  view.row.spec.ephemeral = {"/scratch"};
  view.row.warnings = {"first"};
  view.row.image.emplace();
  view.row.image->volumes = {{"auto-web-more-1", "/more"}};
  view.row.image->warnings = {"second"};
  const auto shown = render(view);
  ASSERT_EQ(shown["volumes"].size(), 3U);
  EXPECT_EQ(shown["volumes"][1], (nlohmann::json{{"mountPath", "/scratch"}, {"ephemeral", true}}));
  EXPECT_EQ(shown["volumes"][2]["name"], "auto-web-more-1");
  EXPECT_EQ(shown["warnings"], (nlohmann::json{"first", "second"}));
}

}  // namespace
}  // namespace troupe::http::api
