// The stream of everybody's events, against an Engine that says what a test wants.
#include "docker/event_stream.hpp"

#include <gtest/gtest.h>

#include "docker/deadline.hpp"
#include "tests/docker/scripted_engine.hpp"

namespace troupe::docker::tests {
namespace {

using namespace std::chrono_literals;

struct EventStream : ::testing::Test {
  std::string events;  // what the Engine tells, at once
  std::mutex mutex;
  std::vector<engine_event> told;
  int connected = 0;
  scripted_engine docker{[this](const std::string& path) -> scripted_engine::body {
    if (path.find("/events?") == std::string::npos) return scripted_engine::once("OK");
    return [this, text = events]() mutable {
      auto now = std::exchange(text, {});
      if (now.empty()) docker.hold();  // a quiet stream
      return now;
    };
  }};
  transport over{docker.host()};
  api_client api{over, 5s};
  event_listener listener{[this](const engine_event& e) {
                            const std::lock_guard lock(mutex);
                            told.push_back(e);
                          },
                          [this] {
                            const std::lock_guard lock(mutex);
                            ++connected;
                          }};

  void TearDown() override { docker.close(); }

  bool hears(std::size_t many) {
    return wait_until(10s, [&] {
      const std::lock_guard lock(mutex);
      return told.size() >= many;
    });
  }
  static std::string start_of(const std::string& container, const std::string& labels = {}) {
    return R"({"Type":"container","Action":"start","Actor":{"ID":")" + container +
           R"(","Attributes":{"com.troupe.instance":"test","com.troupe.environment":"env_abcdefghijklmnop",)"
           R"("com.troupe.service":"web","com.troupe.deployment":"dep_bcdefghijklmnopq")" +
           labels + "}},\"timeNano\":1}\n";
  }
};

TEST_F(EventStream, AnEventThatIsTooLongCostsNothingButItself) {
  events = start_of("a", R"(,"description":")" + std::string(3U << 19U, 'x') + '"') + start_of("b");
  const event_stream stream(api, "test", listener);
  ASSERT_TRUE(hears(1));
  const std::lock_guard lock(mutex);
  EXPECT_EQ(told[0].container, "b");
  EXPECT_EQ(connected, 1) << "the connection stays";
}

TEST_F(EventStream, TellsOfTheEdgesContainer) {
  events = R"({"Type":"container","Action":"start","Actor":{"ID":"e","Attributes":{"com.troupe.edge":"test"}}})"
           "\n"
           R"({"Type":"container","Action":"start","Actor":{"ID":"s","Attributes":{"com.troupe.edge":"other"}}})"
           "\n" +
           start_of("c");
  const event_stream stream(api, "test", listener);
  ASSERT_TRUE(hears(2));
  const std::lock_guard lock(mutex);
  EXPECT_TRUE(told[0].of_edge);
  EXPECT_EQ(told[1].container, "c") << "another's edge is not ours";
}

}  // namespace
}  // namespace troupe::docker::tests
