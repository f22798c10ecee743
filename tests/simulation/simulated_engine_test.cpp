#include "docker/simulated_engine.hpp"

#include <caf/scheduler/test_coordinator.hpp>
#include <gtest/gtest.h>

#include "tests/support/builders.hpp"

namespace troupe::docker {
namespace {

using namespace std::chrono_literals;
using actors::converge_service;
using model::service_observation;

struct SimulatedEngine : ::testing::Test {
  struct config : caf::actor_system_config {
    config() { set("scheduler.policy", caf::atom("testing")); }
  };
  config settings;
  caf::actor_system system{settings};
  caf::scheduler::test_coordinator& scheduler = dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());
  std::shared_ptr<simulated_swarm> swarm = std::make_shared<simulated_swarm>(1);
  std::shared_ptr<fault_plan> faults = std::make_shared<fault_plan>();
  std::shared_ptr<bool> dead = std::make_shared<bool>(false);
  actors::engine_actor engine;
  model::environment e = support::environment();
  int touched = 0, listings = 0;

  SimulatedEngine() {
    simulated_engine_options options;
    options.now = [this] {
      return model::timestamp{
          std::chrono::duration_cast<std::chrono::microseconds>(scheduler.clock().now().time_since_epoch())};
    };
    options.faults = faults;
    options.dead = dead;
    engine = spawn_simulated_engine(system, swarm, options);
    swarm->ensure_network(e.id);
  }
  ~SimulatedEngine() override {
    *dead = true;
    scheduler.clock().cancel_all();
    caf::anon_send_exit(engine, caf::exit_reason::kill);
    engine = nullptr;
    scheduler.run();
    scheduler.clock().cancel_all();
  }

  void advance(std::chrono::milliseconds d) {
    for (; d > 0ms; d -= 10ms) {
      scheduler.run();
      scheduler.clock().advance_time(10ms);
    }
    scheduler.run();
  }
  void observe() {
    const auto observer = system.spawn([this]() -> actors::engine_observer::behavior_type {
      return {[this](const actors::service_touched&) { ++touched; }, [](const actors::environment_touched&) {},
              [this](const actors::engine_listed&) { ++listings; }, [](const actors::engine_reach&) {}};
    });
    caf::anon_send(engine, observer);
    scheduler.run();
  }
  // The answer, or nothing where none has come within `wait`.
  template <class Answer, class Request>
  std::optional<model::outcome<Answer, model::effect_error>> ask(Request what, std::chrono::milliseconds wait) {
    auto result = std::make_shared<std::optional<model::outcome<Answer, model::effect_error>>>();
    system.spawn([=, to = engine](caf::event_based_actor* self) {
      self->request(to, 3600s, what)
          .then([=](const model::outcome<Answer, model::effect_error>& answer) { *result = answer; },
                [](const caf::error&) {});
    });
    advance(wait);
    return *result;
  }
};

TEST_F(SimulatedEngine, TellsItsObserverOfEachChangeAndListsEverySoOften) {
  observe();
  EXPECT_EQ(listings, 1);
  EXPECT_TRUE(ask<service_observation>(converge_service{support::plan(e, 1)}, 3s)->ok());
  EXPECT_GE(touched, 2);
  advance(31s);
  EXPECT_EQ(listings, 3);
}

TEST_F(SimulatedEngine, DropsEventsButStillLists) {
  faults->set(fault_rates{.event_dropped = 1});
  observe();
  EXPECT_TRUE(ask<service_observation>(converge_service{support::plan(e, 1)}, 16s)->ok());
  EXPECT_EQ(touched, 0);
  EXPECT_EQ(listings, 2);
}

TEST_F(SimulatedEngine, DoesNothingWhenItRefuses) {
  faults->next("converge_service", fault::refused);
  EXPECT_FALSE(ask<service_observation>(converge_service{support::plan(e, 1)}, 1s)->ok());
  EXPECT_TRUE(swarm->services().empty());
  EXPECT_TRUE(ask<service_observation>(converge_service{support::plan(e, 1)}, 1s)->ok());
}

TEST_F(SimulatedEngine, DoesItAndLosesTheAnswer) {
  faults->next("converge_service", fault::lost);
  EXPECT_FALSE(ask<service_observation>(converge_service{support::plan(e, 1)}, 60s));
  EXPECT_EQ(swarm->services().size(), 1U);
  faults->next("converge_service", fault::late);
  const auto late = ask<service_observation>(converge_service{support::plan(e, 2)}, 60s);
  ASSERT_TRUE(late);
  EXPECT_EQ(late->error().kind, model::consequence::unavailable);
  EXPECT_EQ(swarm->services().begin()->second.plan.deployment, support::id<model::deployment_id>(2));
}

TEST_F(SimulatedEngine, SaysThatItIsAwayAtOnceWhenDownAndAtItsDeadlineWhenFrozen) {
  faults->set(reach::down);
  EXPECT_EQ(ask<service_observation>(converge_service{support::plan(e, 1)}, 1s)->error().kind,
            model::consequence::unavailable);
  faults->set(reach::frozen);
  EXPECT_FALSE(ask<service_observation>(converge_service{support::plan(e, 1)}, 20s));
  faults->end();
  EXPECT_TRUE(ask<service_observation>(converge_service{support::plan(e, 1)}, 1s)->ok());
}

TEST_F(SimulatedEngine, AnswersARemovalOnceTheTasksAreGone) {
  EXPECT_TRUE(ask<service_observation>(converge_service{support::plan(e, 1)}, 3s)->ok());
  EXPECT_FALSE(ask<model::done>(actors::remove_service{e.id, "web"}, 20ms));
  EXPECT_TRUE(ask<model::done>(actors::remove_service{e.id, "web"}, 5s)->ok());
  EXPECT_TRUE(swarm->gone(e.id, "web"));
}

TEST_F(SimulatedEngine, DoesAndSaysNothingOnceItIsDead) {
  *dead = true;
  EXPECT_FALSE(ask<service_observation>(converge_service{support::plan(e, 1)}, 60s));
  EXPECT_TRUE(swarm->services().empty());
}

TEST_F(SimulatedEngine, FollowsALogUntilTheServiceGoes) {
  std::vector<std::string> lines;
  bool ended = false;
  const auto sink = std::make_shared<actors::log_sink>();
  sink->line = [&](const actors::log_line& l) {
    lines.push_back(l.message);
    return true;
  };
  sink->ended = [&] { ended = true; };
  EXPECT_TRUE(ask<service_observation>(converge_service{support::plan(e, 1)}, 50ms)->ok());
  caf::anon_send(engine, actors::follow_logs{{e.id, "web", support::id<model::deployment_id>(1), 100, {}}, sink});
  advance(3s);
  EXPECT_EQ(lines, (std::vector<std::string>{"starting docker.io/acme/web:1", "ready"}));
  EXPECT_FALSE(ended);
  EXPECT_TRUE(ask<model::done>(actors::remove_service{e.id, "web"}, 5s)->ok());
  EXPECT_TRUE(ended);
}

TEST(SimulatedEngineInRealTime, NeedsNothingButTheClock) {
  caf::actor_system_config settings;
  settings.set("scheduler.policy", caf::atom("sharing"));
  caf::actor_system system{settings};
  simulated_engine_options options;
  options.now = [] {
    return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
  };
  const auto swarm = std::make_shared<simulated_swarm>(1);
  const auto engine = spawn_simulated_engine(system, swarm, options);
  caf::scoped_actor self{system};
  bool made = false;
  self->request(engine, 10s, actors::ensure_network{support::environment().id})
      .receive([&](const model::outcome<actors::network_ready, model::effect_error>& answer) { made = answer.ok(); },
               [](const caf::error&) {});
  EXPECT_TRUE(made);
  self->send_exit(engine, caf::exit_reason::user_shutdown);
}

}  // namespace
}  // namespace troupe::docker
