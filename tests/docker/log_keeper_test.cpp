// The keeper of logs, over an Engine that says what a test wants.
#include "docker/log_keeper.hpp"

#include <gtest/gtest.h>

#include "docker/deadline.hpp"
#include "tests/docker/kept_logs.hpp"
#include "tests/docker/scripted_engine.hpp"

namespace troupe::docker::tests {
namespace {

using namespace std::chrono_literals;

const model::environment_id environment{"env_abcdefghijklmnop"};
const model::deployment_id release{"dep_bcdefghijklmnopq"};

// A frame of stdout: one line of this second.
std::string frame(int second, const std::string& text) {
  const auto two = std::to_string(100 + second).substr(1);
  const auto payload = "2026-11-29T10:00:" + two + ".000000000Z " + text + '\n';
  std::string out{1, 0, 0, 0, 0, 0, 0, static_cast<char>(payload.size())};
  return out + payload;
}

struct LogKeeper : ::testing::Test {
  std::mutex mutex;
  std::map<std::string, std::string> written;  // by container: what its log holds
  std::set<std::string> running;               // whose followed log stays open
  std::vector<std::string> asked;              // paths
  std::atomic<int> open{0};
  scripted_engine docker{[this](const std::string& path) -> scripted_engine::body {
    const auto from = path.find("/containers/");
    if (from == std::string::npos) return scripted_engine::once("OK");
    const auto id = path.substr(from + 12, path.find('/', from + 12) - from - 12);
    const std::lock_guard lock(mutex);
    asked.push_back(path);
    const bool stays = path.find("follow=1") != std::string::npos && running.contains(id);
    return [this, id, stays, text = written[id]]() mutable {
      if (!text.empty()) return std::exchange(text, {});
      if (stays) {
        ++open;
        while (true) {
          {
            const std::lock_guard again(mutex);
            if (!running.contains(id)) break;
          }
          std::this_thread::sleep_for(5ms);
        }
        --open;
      }
      return std::string();
    };
  }};
  transport over{docker.host()};
  api_client api{over, 5s};
  scratch_directory scratch;
  shelf_options options = shelf_in(scratch.path());
  std::shared_ptr<log_shelf> shelf;
  std::unique_ptr<log_keeper> keeper;

  LogKeeper() {
    options.now = [] { return model::timestamp(std::chrono::sys_days(std::chrono::year(2026) / 11 / 29) + 11h); };
    shelf = std::make_shared<log_shelf>(options);
  }
  void begin(keeper_options how = {}) { keeper = std::make_unique<log_keeper>(api, shelf, how); }
  void TearDown() override {
    {
      const std::lock_guard lock(mutex);
      running.clear();
    }
    keeper.reset();
    docker.close();
  }

  static log_source source(const std::string& id, bool runs) {
    return {id, "web.1", environment, "web", release, runs};
  }
  std::vector<std::string> kept() {
    std::vector<std::string> out;
    for (const auto& line : shelf->read({environment, "web", release, 1'000, {}}).lines) out.push_back(line.message);
    return out;
  }
  bool keeps(const std::vector<std::string>& lines) {
    return wait_until(10s, [&] { return kept() == lines; });
  }
};

TEST_F(LogKeeper, ReadsWhatEndedBeforeItCame) {
  written["gone"] = frame(1, "I have failed");
  begin();
  keeper->listed({source("gone", false)}, std::chrono::steady_clock::now());
  EXPECT_TRUE(keeps({"I have failed"}));
}

TEST_F(LogKeeper, GoesOnWhereAnEarlierOneWasAndDoublesNothing) {
  written["a"] = frame(1, "one") + frame(2, "two") + frame(2, "two again");
  running.insert("a");
  begin();
  keeper->started(source("a", true));
  ASSERT_TRUE(keeps({"one", "two", "two again"}));
  keeper.reset();
  shelf = std::make_shared<log_shelf>(options);
  {
    const std::lock_guard lock(mutex);
    written["a"] += frame(2, "and again") + frame(3, "three");
    asked.clear();
  }
  begin();
  keeper->listed({source("a", true)}, std::chrono::steady_clock::now());
  EXPECT_TRUE(keeps({"one", "two", "two again", "and again", "three"}));
  const std::lock_guard lock(mutex);
  EXPECT_NE(asked.front().find("since="), std::string::npos) << "not all of it is asked for again";
}

TEST_F(LogKeeper, WhatIsBeyondTheConnectionsIsReadInTurn) {
  for (const char* id : {"a", "b", "c", "d"}) {
    running.insert(id);
    written[id] = frame(1, id);
  }
  keeper_options few;
  few.most_followed = 2;
  few.in_turn = 20ms;
  begin(few);
  for (const char* id : {"a", "b", "c", "d"}) keeper->started(source(id, true));
  EXPECT_TRUE(wait_until(10s, [&] { return kept().size() == 4; }));
  EXPECT_LE(open, 2);
  {
    const std::lock_guard lock(mutex);
    for (const char* id : {"a", "b", "c", "d"}) written[id] += frame(2, std::string(id) + "2");
  }
  EXPECT_TRUE(wait_until(10s, [&] { return kept().size() >= 7; })) << "the three that are not followed";
}

TEST_F(LogKeeper, SettlesOnceAllThatAnEndedContainerWroteIsKept) {
  running.insert("a");
  written["a"] = frame(1, "up");
  begin();
  keeper->started(source("a", true));
  ASSERT_TRUE(keeps({"up"}));
  EXPECT_FALSE(keeper->settle({source("a", false)}, 50ms)) << "its connection is still open";
  {
    const std::lock_guard lock(mutex);
    written["a"] += frame(2, "drained");
    running.clear();
  }
  EXPECT_TRUE(keeper->settle({source("a", false)}, 10s));
  EXPECT_EQ(kept(), (std::vector<std::string>{"up", "drained"}));
}

}  // namespace
}  // namespace troupe::docker::tests
