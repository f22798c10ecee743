#include "config/failpoint.hpp"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <sstream>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace troupe::config {
namespace {

// Failpoints are armed once in a process: each test runs them in a child.
struct Failpoint : ::testing::Test {
  std::filesystem::path log;
  void SetUp() override {
    std::string form = (std::filesystem::temp_directory_path() / "troupe-failpoint-XXXXXX").string();
    const int file = mkstemp(form.data());
    ASSERT_GE(file, 0);
    ::close(file);
    log = form;
  }
  void TearDown() override { std::filesystem::remove(log); }

  // The status of waitpid; the child exits with what `body` returns.
  int in_child(std::map<std::string, std::string> environment, const std::function<int()>& body) const {
    const pid_t child = ::fork();
    if (child == 0) {
      environment.emplace("TROUPE_FAILPOINT_LOG", log.string());
      for (const auto& [name, value] : environment) ::setenv(name.c_str(), value.c_str(), 1);
      std::_Exit(body());
    }
    int status = -1;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    return status;
  }
  std::string hits() const {
    std::ifstream in{log};
    std::ostringstream content;
    content << in.rdbuf();
    return content.str();
  }
};

int walk() {
  for (int i = 0; i < 3; ++i) {
    failpoint("before_save");
    failpoint("after_save");
  }
  return 0;
}

bool killed(int status) {
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}
bool exited(int status, int code) {
  return WIFEXITED(status) && WEXITSTATUS(status) == code;
}

TEST_F(Failpoint, UnarmedItOnlyWritesTheLog) {
  EXPECT_TRUE(exited(in_child({}, walk), 0));
  EXPECT_EQ(hits(), "before_save\nafter_save\nbefore_save\nafter_save\nbefore_save\nafter_save\n");
}

TEST_F(Failpoint, TheFirstHitIsTheDefault) {
  EXPECT_TRUE(killed(in_child({{"TROUPE_FAILPOINT", "after_save"}}, walk)));
  EXPECT_EQ(hits(), "before_save\nafter_save\n");
}

TEST_F(Failpoint, TheNthHitOfItsNameKills) {
  EXPECT_TRUE(killed(in_child({{"TROUPE_FAILPOINT", "before_save:3:kill9"}}, walk)));
  EXPECT_EQ(hits(), "before_save\nafter_save\nbefore_save\nafter_save\nbefore_save\n");
}

TEST_F(Failpoint, AnotherNameOrALaterHitIsNone) {
  EXPECT_TRUE(exited(in_child({{"TROUPE_FAILPOINT", "before_save:4"}}, walk), 0));
  EXPECT_TRUE(exited(in_child({{"TROUPE_FAILPOINT", "before"}}, walk), 0));
}

TEST_F(Failpoint, AnyNameCounts) {
  EXPECT_TRUE(killed(in_child({{"TROUPE_FAILPOINT_ANY", "4"}}, walk)));
  EXPECT_EQ(hits(), "before_save\nafter_save\nbefore_save\nafter_save\n");
  EXPECT_TRUE(exited(in_child({{"TROUPE_FAILPOINT_ANY", "7"}}, walk), 0));
}

TEST_F(Failpoint, ThrowHappensOnce) {
  const auto body = [] {
    int thrown = 0;
    for (int i = 0; i < 3; ++i) try {
        failpoint("before_save");
      } catch (const failpoint_error&) {
        thrown += i == 1 ? 1 : 100;
      }
    return thrown;
  };
  EXPECT_TRUE(exited(in_child({{"TROUPE_FAILPOINT", "before_save:2:throw"}}, body), 1));
}

TEST_F(Failpoint, SleepHoldsTheHit) {
  const auto body = [] {
    const auto start = std::chrono::steady_clock::now();
    failpoint("before_save");
    return std::chrono::steady_clock::now() - start >= std::chrono::milliseconds{60} ? 0 : 1;
  };
  EXPECT_TRUE(exited(in_child({{"TROUPE_FAILPOINT", "before_save:sleep:60"}}, body), 0));
  EXPECT_TRUE(exited(in_child({{"TROUPE_FAILPOINT", "before_save:2:sleep:60"}}, body), 1));
}

TEST_F(Failpoint, WhatCannotBeUnderstoodEndsTheProcess) {
  const auto body = [] {
    ::freopen("/dev/null", "w", stderr);
    return walk();
  };
  for (const auto* text :
       {":2", "name:0", "name:x", "name:1:explode", "name:sleep", "name:sleep:x", "name:1:throw:2", "name:1:kill9:x"})
    EXPECT_TRUE(exited(in_child({{"TROUPE_FAILPOINT", text}}, body), 78)) << text;
  for (const auto* text : {"0", "x", "-1", "1x"})
    EXPECT_TRUE(exited(in_child({{"TROUPE_FAILPOINT_ANY", text}}, body), 78)) << text;
  EXPECT_TRUE(exited(in_child({{"TROUPE_FAILPOINT_LOG", "/nonexistent/log"}}, body), 78));
}

}  // namespace
}  // namespace troupe::config
