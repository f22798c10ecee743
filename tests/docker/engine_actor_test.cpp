// The engine's actor over an Engine that says what a test wants.
#include "docker/engine_actor.hpp"

#include <mutex>

#include <caf/all.hpp>
#include <gtest/gtest.h>

#include "docker/deadline.hpp"
#include "docker/engine.hpp"
#include "tests/docker/kept_logs.hpp"
#include "tests/docker/plans.hpp"
#include "tests/docker/scripted_engine.hpp"

namespace troupe::docker::tests {
namespace {

using namespace std::chrono_literals;

using resolved = model::outcome<model::resolved_image, model::effect_error>;

struct EngineActor : ::testing::Test {
  std::atomic<int> pulling{0}, asking{0};
  // Every image is here already, and of a registry that does not come to an end with it; but "local", which is of none.
  scripted_engine docker{[this](const std::string& path) -> scripted_engine::body {
    const auto id = "sha256:" + std::string(64, 'a');
    if (path.find("/distribution/") != std::string::npos)
      return [this] {
        ++asking;
        docker.hold();
        return std::string();
      };
    if (path.find("/images/create") != std::string::npos || path.find("/events") != std::string::npos)
      return [this, pull = path.find("/images/create") != std::string::npos] {
        if (pull) ++pulling;
        docker.hold();
        return std::string();
      };
    if (path.find("local") != std::string::npos)
      return scripted_engine::once(R"({"Id":")" + id + R"(","Config":{"Labels":{"com.troupe.x":"y"}}})");
    if (path.find("/images/") != std::string::npos)
      return scripted_engine::once(R"({"Id":")" + id + R"(","RepoDigests":["slow@)" + id + R"("]})");
    return scripted_engine::once("[]");
  }};
  caf::actor_system_config config;
  caf::actor_system system{config};
  caf::scoped_actor self{system};
  actors::whole_engine_actor front;

  void SetUp() override {
    engine_options options;
    options.docker_host = docker.host();
    options.instance = "test";
    front = spawn_engine(system, options);
  }
  void TearDown() override {
    docker.close();
    self->send_exit(front, caf::exit_reason::user_shutdown);
    self->wait_for(front);
  }

  actors::resolve_image image(const std::string& name, const std::string& owner) {
    auto spec = plain_plan().spec;
    spec.image = {"docker.io", "library/" + name, "1", ""};
    return {spec, {}, {owner}};
  }
  actors::actor_card card() {
    actors::actor_card out;
    self->request(front, 10s, actors::describe{})
        .receive([&](actors::actor_card& c) { out = std::move(c); }, [](caf::error&) { FAIL(); });
    return out;
  }
};

TEST_F(EngineActor, SlowPullsOfOneUserDoNotHoldUpAnother) {
  for (int i = 0; i < 20; ++i) self->send(front, image("slow", "usr_greedy"));
  const int share = static_cast<int>(engine_options{}.pull_workers) / 2;
  ASSERT_TRUE(wait_until(10s, [&] { return pulling == share; }));
  bool answered = false;
  self->request(front, 10s, image("local", "usr_other"))
      .receive([&](resolved& r) { answered = !r; }, [](caf::error&) { FAIL() << "it waited for the others"; });
  EXPECT_TRUE(answered);
  EXPECT_EQ(pulling, share);
}

TEST_F(EngineActor, LookupsOfOneUserHoldUpNeitherPullsNorAnothers) {
  const auto look_up = [&](const std::string& name, const std::string& owner, model::duration patience = 60s) {
    return actors::look_up_image{{"docker.io", "library/" + name, "1", ""}, {}, {owner}, {}, patience};
  };
  for (int i = 0; i < 20; ++i) self->send(front, look_up("slow", "usr_greedy"));
  const int share = static_cast<int>(engine_options{}.lookup_workers) / 2;
  ASSERT_TRUE(wait_until(10s, [&] { return asking == share; }));
  using prospect = model::outcome<model::image_prospect, model::effect_error>;
  self->request(front, 10s, look_up("local", "usr_other"))
      .receive([&](prospect& r) { EXPECT_TRUE(r); }, [](caf::error&) { FAIL() << "it waited for the others"; });
  self->request(front, 10s, image("local", "usr_greedy"))
      .receive([&](resolved& r) { EXPECT_FALSE(r); }, [](caf::error&) { FAIL() << "a pull waited for them"; });
  self->request(front, 10s, look_up("slow", "usr_third", 200ms))
      .receive(
          [&](prospect& r) {
            ASSERT_FALSE(r);
            EXPECT_EQ(r.error().what.code, model::failure_code::timed_out);
            EXPECT_NE(r.error().kind, model::consequence::unavailable) << "the Engine is there";
          },
          [](caf::error&) { FAIL() << "its time is no more than it was given"; });
  EXPECT_EQ(pulling, 0);
}

TEST_F(EngineActor, AnImageThatLiesHereIsNoLeaveToUseIt) {
  auto wanted = image("slow", "usr_other");
  wanted.spec.image.digest = "sha256:" + std::string(64, 'a');
  wanted.held = {wanted.spec.image.name() + '@' + wanted.spec.image.digest};
  self->request(front, 10s, wanted).receive([](resolved& r) { EXPECT_FALSE(r); }, [](caf::error&) { FAIL(); });
  EXPECT_EQ(pulling, 0) << "it was looked at, as far as this engine lets";
  wanted.held = {"docker.io/library/other@" + wanted.spec.image.digest};
  self->send(front, wanted);
  EXPECT_TRUE(wait_until(10s, [&] { return pulling == 1; })) << "its registry is asked";
}

TEST_F(EngineActor, ATenantsBadImageIsNoErrorOfTheEngine) {
  self->request(front, 10s, image("local", "usr_other"))
      .receive([](resolved& r) { EXPECT_FALSE(r); }, [](caf::error&) { FAIL(); });
  EXPECT_EQ(card().last_error, "");
  EXPECT_FALSE(card().last_error_age_ms);
}

TEST_F(EngineActor, AnEngineThatIsAwayIsToldWithItsAge) {
  docker.close();
  self->request(front, 10s, image("local", "usr_other"))
      .receive([](resolved& r) { EXPECT_FALSE(r); }, [](caf::error&) { FAIL(); });
  const auto told = card();
  EXPECT_NE(told.last_error, "");
  ASSERT_TRUE(told.last_error_age_ms);
  EXPECT_LT(*told.last_error_age_ms, 10'000);
}

// What an observer was told of whether the Engine answers.
struct reaches {
  std::mutex mutex;
  std::vector<model::engine_reach> told;
  bool comes(std::size_t many) {
    return wait_until(20s, [&] {
      const std::lock_guard lock(mutex);
      return told.size() >= many;
    });
  }
};

actors::engine_observer observe(caf::actor_system& system, const std::shared_ptr<reaches>& all) {
  return system.spawn([all]() -> actors::engine_observer::behavior_type {
    return {[](const actors::service_touched&) {}, [](const actors::environment_touched&) {},
            [](const actors::engine_listed&) {},
            [all](const model::engine_reach& reach) {
              const std::lock_guard lock(all->mutex);
              all->told.push_back(reach);
            }};
  });
}

TEST_F(EngineActor, WhoObservesIsToldThatTheEngineIsAwayAndWhy) {
  const auto all = std::make_shared<reaches>();
  const auto observer = observe(system, all);
  self->send(front, observer);
  docker.close();
  ASSERT_TRUE(all->comes(1)) << "nobody had to ask for anything: its events have ended";
  {
    const std::lock_guard lock(all->mutex);
    EXPECT_FALSE(all->told[0].answers);
    EXPECT_EQ(all->told[0].last_answer, "The container engine is not reachable.");
    EXPECT_GT(all->told[0].since, model::timestamp{});
  }
  const auto late = std::make_shared<reaches>();
  const auto late_observer = observe(system, late);
  self->send(front, late_observer);
  EXPECT_TRUE(late->comes(1)) << "who comes later is told, too";
  self->send_exit(observer, caf::exit_reason::user_shutdown);
  self->send_exit(late_observer, caf::exit_reason::user_shutdown);
}

TEST_F(EngineActor, WhatIsKeptIsReadWhileTheEngineIsAway) {
  const scratch_directory scratch;
  engine_options options;
  options.docker_host = "unix:///nonexistent/docker.sock";
  options.instance = "test";
  options.shelf = shelf_in(scratch.path());
  {
    log_shelf shelf(options.shelf);
    actors::log_line line;
    line.at = options.now();
    line.message = "kept";
    shelf.keep({{"env_abcdefghijklmnop"}, "web"}, std::string(64, 'c'), line);
  }
  const auto away = spawn_engine(system, options);
  self->request(away, 10s, actors::read_logs{{"env_abcdefghijklmnop"}, "web", {}, 10, {}})
      .receive(
          [](model::outcome<actors::log_page, model::effect_error>& page) {
            ASSERT_TRUE(page);
            ASSERT_EQ(page.value().lines.size(), 1U);
            EXPECT_EQ(page.value().lines[0].message, "kept");
          },
          [](caf::error&) { FAIL(); });
  self->send_exit(away, caf::exit_reason::user_shutdown);
  self->wait_for(away);
}

}  // namespace
}  // namespace troupe::docker::tests
