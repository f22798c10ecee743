// What Docker is told of containers that are removed.
#include <algorithm>
#include <mutex>

#include <gtest/gtest.h>

#include "docker/engine.hpp"
#include "tests/docker/plans.hpp"
#include "tests/docker/scripted_engine.hpp"

namespace troupe::docker::tests {
namespace {

// The calls that are made to remove a service of which one container is left, with these labels.
std::vector<std::string> calls_to_remove(const std::string& labels) {
  std::mutex mutex;
  std::vector<std::string> calls;
  int listed = 0;
  scripted_engine docker{[&](const std::string& path) -> scripted_engine::body {
    const std::lock_guard lock(mutex);
    calls.push_back(path);
    if (path.find("/containers/json") != std::string::npos)
      return scripted_engine::once(
          ++listed == 1 ? R"([{"Id":"c1","State":"running","Mounts":[],"Labels":{)" + labels + "}}]" : "[]");
    if (path.find("/services/") != std::string::npos)
      return scripted_engine::once(R"({"ID":"s1","Spec":{"Name":"another"}})");
    return scripted_engine::once(path.find("/tasks") != std::string::npos ? "[]" : "{}");
  }};
  engine_options options;
  options.docker_host = docker.host();
  engine e(options);
  e.remove_service({plain_plan().environment, "web"});
  docker.close();
  return calls;
}

bool holds(const std::vector<std::string>& calls, std::string_view part) {
  return std::any_of(calls.begin(), calls.end(), [&](const auto& c) { return c.find(part) != std::string::npos; });
}

TEST(Removal, GivesAContainerTheTimeThatItsReleaseSays) {
  EXPECT_TRUE(holds(calls_to_remove(R"("com.troupe.grace":"90")"), "/containers/c1/stop?t=90"));
  EXPECT_TRUE(holds(calls_to_remove(R"("com.troupe.service":"web")"), "/containers/c1/stop?t=10"));
  EXPECT_TRUE(holds(calls_to_remove(R"("com.troupe.grace":"long")"), "/containers/c1/stop?t=10"));
}

}  // namespace
}  // namespace troupe::docker::tests
