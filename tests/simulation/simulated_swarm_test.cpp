#include "docker/simulated_swarm.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "tests/support/builders.hpp"

namespace troupe::docker {
namespace {

using namespace std::chrono_literals;
using model::task_phase;
using support::plan;
using support::spec;

struct SimulatedSwarm : ::testing::Test {
  simulated_swarm swarm{7};
  model::environment e = support::environment();
  model::timestamp now{1h};
  std::string web = std::string(e.id.bare()) + "-web";

  SimulatedSwarm() {
    swarm.advance(now);
    swarm.ensure_network(e.id);
  }
  void wait(model::duration d) { swarm.advance(now += d); }
  model::service_observation converge(const model::service_plan& p) { return swarm.converge(p).value(); }
  std::size_t running(std::uint64_t deployment) const {
    const auto it = swarm.services().find(web);
    if (it == swarm.services().end()) return 0;
    return static_cast<std::size_t>(std::count_if(it->second.tasks.begin(), it->second.tasks.end(), [&](const auto& t) {
      return t.seen.phase == task_phase::running && t.seen.wanted &&
             t.seen.deployment == support::id<model::deployment_id>(deployment);
    }));
  }
};

TEST_F(SimulatedSwarm, ConvergesOnceAndThenLooks) {
  EXPECT_EQ(converge(plan(e, 1, spec("web", "web", 2))).change, model::applied::created);
  EXPECT_EQ(running(1), 0U);
  wait(2s);
  EXPECT_EQ(running(1), 2U);
  EXPECT_EQ(converge(plan(e, 1, spec("web", "web", 2))).change, model::applied::nothing);
  EXPECT_EQ(swarm.writes().at("service " + web), (write_count{1, 0, 0}));
}

TEST_F(SimulatedSwarm, RefusesAServiceWithoutItsNetworkAndMakesAVolumeThatIsMissing) {
  auto s = spec();
  s.volumes.push_back({"pages", "/pages", false});
  EXPECT_TRUE(swarm.converge(plan(e, 1, s)).ok());
  EXPECT_TRUE(swarm.ensure_volumes(e.id, {"pages"}).created.empty()) << "Docker makes it when a task mounts it";
  EXPECT_EQ(swarm.converge(plan(support::environment(9), 1)).error().what.code, model::failure_code::network_failed);
  EXPECT_EQ(swarm.ensure_volumes(e.id, {"data"}).created, std::vector<std::string>{"data"});
  EXPECT_TRUE(swarm.ensure_volumes(e.id, {"data"}).created.empty());
  const auto listed = swarm.volumes(e.id);
  ASSERT_EQ(listed.size(), 2U);
  EXPECT_EQ(listed[0].name, "data");
  EXPECT_EQ(listed[1].name, "pages");
  EXPECT_TRUE(swarm.converge(plan(e, 1, s)).ok());
}

TEST_F(SimulatedSwarm, KeepsTheOldTaskUntilTheNewOneRuns) {
  converge(plan(e, 1));
  wait(2s);
  EXPECT_EQ(converge(plan(e, 2)).change, model::applied::updated);
  for (int i = 0; i < 500; ++i) {
    wait(10ms);
    ASSERT_GE(running(1) + running(2), 1U);
  }
  EXPECT_EQ(running(1), 0U);
  EXPECT_EQ(running(2), 1U);
}

TEST_F(SimulatedSwarm, UpdatesOneSlotAtATime) {
  converge(plan(e, 1, spec("web", "web", 3)));
  wait(3s);
  converge(plan(e, 2, spec("web", "web", 3)));
  for (int i = 0; i < 1000; ++i) {
    wait(10ms);
    ASSERT_GE(running(1) + running(2), 3U);
  }
  EXPECT_EQ(running(2), 3U);
}

TEST_F(SimulatedSwarm, PausesAnUpdateThatFailsAndLeavesTheFormerServing) {
  converge(plan(e, 1, spec("web", "web", 2)));
  wait(3s);
  converge(plan(e, 2, spec("web", "web-unhealthy", 2)));
  wait(60s);
  EXPECT_EQ(running(1), 2U);
  EXPECT_EQ(running(2), 0U);
  converge(plan(e, 1, spec("web", "web", 2)));
  wait(10s);
  EXPECT_EQ(running(1), 2U);
}

TEST_F(SimulatedSwarm, StopsTheOldTaskFirstWhereAHostPortIsBound) {
  auto s = spec();
  s.ports.push_back(support::host_port(80, 20080));
  converge(plan(e, 1, s));
  wait(3s);
  converge(plan(e, 2, s));
  for (int i = 0; i < 500; ++i) {
    wait(10ms);
    ASSERT_LE(running(1) + running(2), 1U);
  }
  EXPECT_EQ(running(2), 1U);
}

TEST_F(SimulatedSwarm, CannotPlaceATaskWhoseHostPortIsTakenUntilItIsFree) {
  simulated_swarm one_node{7, 1};
  one_node.advance(now);
  const auto other = support::environment(2);
  one_node.ensure_network(e.id);
  one_node.ensure_network(other.id);
  auto s = spec();
  s.ports.push_back(support::host_port(80, 20080));
  ASSERT_TRUE(one_node.converge(plan(other, 2, s)).ok());
  const auto waiting = one_node.converge(plan(e, 1, s)).value().tasks.front();
  EXPECT_TRUE(waiting.unplaceable);
  EXPECT_EQ(waiting.trouble->code, model::failure_code::port_conflict);
  one_node.remove_service(other.id, "web");
  one_node.advance(now + 5s);
  EXPECT_EQ(one_node.converge(plan(e, 1, s)).value().tasks.front().phase, task_phase::running);
}

TEST_F(SimulatedSwarm, StartsACrashingTaskAgainAndAgain) {
  converge(plan(e, 1, spec("web", "web-crash")));
  wait(10s);
  const auto seen = converge(plan(e, 1, spec("web", "web-crash")));
  const auto ended =
      std::count_if(seen.tasks.begin(), seen.tasks.end(), [](const auto& t) { return t.phase == task_phase::ended; });
  EXPECT_GE(ended, 3);
  EXPECT_EQ(seen.tasks.back().exit_code, 3);
  EXPECT_EQ(seen.tasks.back().trouble->code, model::failure_code::exited);
}

TEST_F(SimulatedSwarm, RespectsTheRestartPolicy) {
  auto s = spec("web", "web-crash");
  s.restart = {model::restart_condition::any, 2, 1};
  converge(plan(e, 1, s));
  wait(60s);
  EXPECT_EQ(converge(plan(e, 1, s)).tasks.size(), 3U);
}

TEST_F(SimulatedSwarm, RemovesTheNetworkOnlyOnceTheLastTaskIsGone) {
  converge(plan(e, 1));
  wait(3s);
  EXPECT_FALSE(swarm.remove_network(e.id).ok());
  swarm.remove_service(e.id, "web");
  EXPECT_FALSE(swarm.gone(e.id, "web"));
  EXPECT_FALSE(swarm.remove_network(e.id).ok());
  wait(3s);
  EXPECT_TRUE(swarm.gone(e.id, "web"));
  EXPECT_TRUE(swarm.remove_network(e.id).ok());
  EXPECT_TRUE(swarm.remove_network(e.id).ok());
  EXPECT_EQ(swarm.writes().at("network troupe-" + std::string(e.id.bare())), (write_count{1, 0, 1}));
}

TEST_F(SimulatedSwarm, RefusesAnUpdateOfWhatChangedMeanwhile) {
  converge(plan(e, 1));
  const auto before = swarm.service_version(e.id, "web");
  converge(plan(e, 2));
  EXPECT_EQ(swarm.converge(plan(e, 3), before).error().kind, model::consequence::retry);
  EXPECT_TRUE(swarm.converge(plan(e, 3), swarm.service_version(e.id, "web")).ok());
}

TEST_F(SimulatedSwarm, MovesTasksFromALostNode) {
  converge(plan(e, 1, spec("web", "web", 2)));
  wait(3s);
  swarm.lose_node(0, now + 1h);
  EXPECT_EQ(running(1), 1U);
  wait(5s);
  EXPECT_EQ(running(1), 2U);
}

TEST_F(SimulatedSwarm, ShowsDriftByHandInTheFingerprintAndUndoesItOnConverge) {
  converge(plan(e, 1));
  wait(3s);
  const auto before = swarm.list().services.front().fingerprint;
  EXPECT_EQ(swarm.list().services.front().fingerprint, before);
  swarm.edit_env_by_hand(web);
  EXPECT_NE(swarm.list().services.front().fingerprint, before);
  EXPECT_EQ(converge(plan(e, 1)).change, model::applied::updated);
  swarm.edit_replicas_by_hand(web, 4);
  EXPECT_EQ(converge(plan(e, 1)).change, model::applied::updated);
  swarm.remove_service_by_hand(web);
  EXPECT_EQ(converge(plan(e, 1)).change, model::applied::created);
  EXPECT_EQ(swarm.writes().at("service " + web).deleted, 0U);
}

TEST_F(SimulatedSwarm, KeepsTheLastLogLinesOfARelease) {
  converge(plan(e, 1, spec("web", "web-crash")));
  wait(30s);
  const auto lines = swarm.logs({e.id, "web", support::id<model::deployment_id>(1), 3, {}}).lines;
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_TRUE(std::any_of(lines.begin(), lines.end(),
                          [](const auto& l) { return l.is_stderr && l.message == "fatal: simulated crash"; }));
  EXPECT_TRUE(swarm.logs({e.id, "web", support::id<model::deployment_id>(2), 3, {}}).lines.empty());
}

TEST(SimulatedImage, TellsItsBehaviourByItsName) {
  EXPECT_EQ(resolve_simulated(spec("web", "web-missing")).error().what.code, model::failure_code::image_not_found);
  EXPECT_EQ(resolve_simulated(spec("web", "web-denied")).error().kind, model::consequence::rejected);
  EXPECT_EQ(resolve_simulated(spec("web", "web-unreachable")).error().kind, model::consequence::retry);
  const auto image = resolve_simulated(spec()).value();
  EXPECT_EQ(image.digest.size(), 71U);
  EXPECT_EQ(image.pinned, "docker.io/acme/web@" + image.digest);
  EXPECT_TRUE(resolve_simulated(spec("web", "web-unhealthy")).value().has_health_check);
}

TEST_F(SimulatedSwarm, AJobRunsOnceATryAndIsNeitherPutRightNorMadeAgain) {
  auto s = spec("task", "twice");
  s.job = model::job_terms{};
  auto p = plan(e, 1, s);
  const auto only = [&] {
    const auto seen = converge(p).tasks;
    return seen.empty() ? model::task_observation{} : seen.front();
  };
  converge(p);
  wait(30s);
  EXPECT_EQ(only().exit_code, 3);
  EXPECT_FALSE(only().completed);
  p.spec.env["OTHER"] = "1";
  EXPECT_EQ(converge(p).change, model::applied::nothing) << "another spec of the same try";
  ++p.generation;
  EXPECT_EQ(converge(p).change, model::applied::updated);
  wait(30s);
  EXPECT_TRUE(only().completed);
  EXPECT_FALSE(only().trouble);
  p.begun = true;
  swarm.remove_service(e.id, "task");
  wait(5s);
  EXPECT_TRUE(converge(p).tasks.empty());
  EXPECT_TRUE(swarm.gone(e.id, "task"));
  EXPECT_TRUE(swarm.two_runs().empty());
  p.begun = false;
  converge(p);
  wait(5s);
  EXPECT_EQ(swarm.two_runs().size(), 1U) << "a run after a success is noticed";
}

}  // namespace
}  // namespace troupe::docker
