#include "actors/model/rollout.hpp"

#include <gtest/gtest.h>

#include "tests/model/life.hpp"

namespace troupe::model::testing {
namespace {

service_plan plan_of_database(std::uint32_t replicas = 1) {
  auto d = a_deployment();
  d.spec.volumes = {{"data", "/data"}};
  d.spec.replicas = replicas;
  return plan_of(d);
}

TEST(Rollout, AServiceWithoutDataIsWrittenAtOnce) {
  const auto plan = plan_of(a_deployment());
  for (const bool exists : {false, true})
    for (const std::uint32_t replicas : {0U, 1U, 3U})
      for (const bool others : {false, true})
        EXPECT_EQ(next_write_of(plan, {exists, replicas, others, false}), next_write::apply);
}

TEST(Rollout, AJobIsOneContainerThatSwarmNeitherStartsAgainNorChecks) {
  auto d = a_deployment();
  d.spec.job = job_terms{};
  d.spec.restart.condition = restart_condition::any;
  d.image.emplace().has_health_check = true;
  const auto plan = plan_of(d);
  for (const bool exists : {false, true})
    for (const std::uint32_t replicas : {0U, 1U})
      EXPECT_EQ(next_write_of(plan, {exists, replicas, true, false}), next_write::apply_once_alone);
  EXPECT_TRUE(stops_first(plan));
  EXPECT_EQ(restart_policy_of(d.spec).condition, restart_condition::none);
  EXPECT_FALSE(is_checked(plan));
  d.begun = true;
  EXPECT_TRUE(plan_of(d).begun);
}

TEST(Rollout, TheOldWriterIsStoppedAndHasEndedBeforeTheNewOneStarts) {
  const auto plan = plan_of_database();
  EXPECT_EQ(next_write_of(plan, {true, 1, true, true}), next_write::stop);
  EXPECT_EQ(next_write_of(plan, {true, 1, true, false}), next_write::stop) << "it may write there by another mount";
  EXPECT_EQ(next_write_of(plan, {true, 0, true, true}), next_write::apply_once_alone);
  EXPECT_EQ(next_write_of(plan, {true, 0, false, true}), next_write::apply_once_alone) << "stopped and started again";
  EXPECT_EQ(next_write_of(plan, {}), next_write::apply_once_alone) << "it was removed, and may still be stopping";
}

TEST(Rollout, WhatReplacesNoContainerNeedsNoStop) {
  EXPECT_EQ(next_write_of(plan_of_database(), {true, 1, false, true}), next_write::apply);
  EXPECT_EQ(next_write_of(plan_of_database(0), {true, 1, true, true}), next_write::apply) << "it is to be stopped";
}

TEST(Rollout, ASharedVolumeIsWaitedForWhereTheOldContainerWroteAlone) {
  auto d = a_deployment();
  d.spec.volumes = {{"data", "/data", false, true}};
  EXPECT_EQ(next_write_of(plan_of(d), {true, 1, true, true}), next_write::stop);
  EXPECT_EQ(next_write_of(plan_of(d), {true, 1, true, false}), next_write::apply);
}

TEST(Rollout, TheOldOneStopsFirstWhereItMustOrIsAskedTo) {
  auto d = a_deployment();
  EXPECT_FALSE(stops_first(plan_of(d)));
  d.spec.update.order = update_order::stop_first;
  EXPECT_TRUE(stops_first(plan_of(d)));
  EXPECT_EQ(next_write_of(plan_of(d), {true, 1, true, false}), next_write::apply) << "Swarm does it, one by one";
  d.spec.update.order = update_order::start_first;
  EXPECT_FALSE(stops_first(plan_of(d)));
  d.spec.volumes = {{"data", "/data"}};
  EXPECT_TRUE(stops_first(plan_of(d))) << "whatever was asked for";
}

TEST(Rollout, NoneIsStartedBesideOneThatWritesToWhatItsImageDeclares) {
  auto spec = a_deployment().spec;
  const std::vector<volume_mount> declared{{"auto-db-data-1", "/data"}};
  EXPECT_FALSE(find_order_fault(spec, declared)) << "not asked for";
  spec.update.order = update_order::start_first;
  EXPECT_FALSE(find_order_fault(spec, {}));
  const auto fault = find_order_fault(spec, declared);
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->code, failure_code::volume_not_shared);
  EXPECT_NE(fault->message.find("/data"), std::string::npos);
  EXPECT_NE(fault->hint.find("shared"), std::string::npos);
}

TEST(Rollout, AnUpdateInStepsMayTakeAsLongAsItIsAskedTo) {
  using namespace std::chrono_literals;
  auto d = a_deployment();
  d.spec.replicas = 5;
  EXPECT_EQ(time_between_steps(plan_of(d)), 0s);
  d.spec.update = {std::nullopt, 2, 30};
  EXPECT_EQ(time_between_steps(plan_of(d)), 60s) << "after 2 and after 4";
  d.spec.update.order = update_order::stop_first;
  EXPECT_EQ(time_between_steps(plan_of(d)), 90s) << "and thrice the grace";
  d.spec.replicas = 0;
  EXPECT_EQ(time_between_steps(plan_of(d)), 0s);
}

struct Paused : ::testing::Test {
  deployment row = a_deployment();
  timestamp now{std::chrono::hours(1)};

  task_observation one(std::uint32_t generation, task_phase phase, std::chrono::seconds age) {
    auto task = a_task(row, phase);
    task.generation = generation;
    task.started_at = now - age;
    return task;
  }
  bool goes_on(std::vector<task_observation> tasks) {
    auto d = row;
    d.generation = 1;
    return may_go_on(plan_of(d), tasks, now);
  }
};

TEST_F(Paused, GoesOnOnceWhatWasReplacedRunsWell) {
  using namespace std::chrono_literals;
  const auto before = one(0, task_phase::running, 60s);
  EXPECT_TRUE(goes_on({one(1, task_phase::running, 5s), before}));
  EXPECT_FALSE(goes_on({one(1, task_phase::running, 4s), before})) << "not yet for long enough";
  EXPECT_FALSE(goes_on({one(1, task_phase::starting, 9s), before}));
  EXPECT_FALSE(goes_on({one(1, task_phase::running, 9s), one(1, task_phase::waiting, 0s), before}));
  EXPECT_FALSE(goes_on({before})) << "nothing was replaced: it would be the first try once more";
  EXPECT_FALSE(goes_on({one(1, task_phase::running, 9s)})) << "nothing is left to replace";
}

}  // namespace
}  // namespace troupe::model::testing
