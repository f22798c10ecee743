#include "actors/model/verdict.hpp"

#include <gtest/gtest.h>

#include "tests/model/life.hpp"

namespace troupe::model::testing {
namespace {

verdict judged(const deployment& d, std::vector<task_observation> tasks) {
  ended_tasks ended;
  return judge(plan_of(d), {applied::nothing, std::move(tasks)}, ended);
}

TEST(Verdict, OnlyWantedRunningTasksOfThisReleaseAndGenerationCount) {
  auto d = a_deployment();
  d.generation = 2;
  auto other_release = a_task(d, task_phase::running);
  other_release.deployment = {"dep_zzzzzzzzzzzzzzzz"};
  auto old_generation = a_task(d, task_phase::running);
  old_generation.generation = 1;
  auto unwanted = a_task(d, task_phase::running);
  unwanted.wanted = false;
  EXPECT_FALSE(judged(d, {other_release, old_generation, unwanted}).good);
  EXPECT_TRUE(judged(d, {other_release, a_task(d, task_phase::running)}).good);
  EXPECT_FALSE(judged(d, {a_task(d, task_phase::starting)}).good) << "starting means not yet healthy";
}

TEST(Verdict, AnotherReleasesTroubleIsNotOurs) {
  const auto d = a_deployment();
  auto theirs = an_ended_task(d, make_failure(failure_code::exited, "x"));
  theirs.deployment = {"dep_zzzzzzzzzzzzzzzz"};
  theirs.fatal = true;
  EXPECT_FALSE(judged(d, {theirs}).hopeless);
}

TEST(Verdict, ARestartPolicyOfNoneAllowsOneStart) {
  auto d = a_deployment();
  d.spec.restart.condition = restart_condition::none;
  EXPECT_TRUE(judged(d, {an_ended_task(d, make_failure(failure_code::exited, "x"))}).hopeless);
}

task_observation an_end_of(const deployment& d, const std::string& slot, const std::string& id) {
  auto task = an_ended_task(d, make_failure(failure_code::exited, "x"), id);
  task.name = slot;
  return task;
}

TEST(Verdict, OneEndEachOfThreeReplicasIsNoCrashLoop) {
  auto d = a_deployment();
  d.spec.replicas = 3;
  EXPECT_FALSE(
      judged(d, {an_end_of(d, "web.1", "a"), an_end_of(d, "web.2", "b"), an_end_of(d, "web.3", "c")}).crashing);
  EXPECT_FALSE(judged(d, {an_end_of(d, "web.1", "a"), an_end_of(d, "web.1", "b"), an_end_of(d, "web.2", "c"),
                          an_end_of(d, "web.2", "d")})
                   .crashing);
  const auto loop = judged(d, {an_end_of(d, "web.2", "a"), an_end_of(d, "web.2", "b"), an_end_of(d, "web.2", "c")});
  EXPECT_TRUE(loop.crashing);
  EXPECT_FALSE(loop.hopeless) << "it may get time";
}

TEST(Verdict, ALimitOfStartsIsAsMuchAsItSays) {
  auto d = a_deployment();
  d.spec.restart.max_attempts = 3;
  std::vector<task_observation> ends = {an_end_of(d, "web.1", "a"), an_end_of(d, "web.1", "b"),
                                        an_end_of(d, "web.1", "c")};
  EXPECT_FALSE(judged(d, ends).hopeless);
  ends.push_back(an_end_of(d, "web.1", "d"));
  EXPECT_TRUE(judged(d, ends).hopeless);
}

TEST(Verdict, WhatEndsInGoodOrderIsNotStartedAgainUnderOnFailure) {
  auto d = a_deployment();
  auto task = an_end_of(d, "web.1", "a");
  task.exit_code = 0;
  EXPECT_FALSE(judged(d, {task}).hopeless);
  d.spec.restart.condition = restart_condition::on_failure;
  EXPECT_TRUE(judged(d, {task}).hopeless);
  task.exit_code = 3;
  EXPECT_FALSE(judged(d, {task}).hopeless);
}

TEST(Verdict, TheEnginesOwnTroubleCountsForNothing) {
  const auto d = a_deployment();
  std::vector<task_observation> tasks;
  for (int i = 0; i < 20; ++i) {
    tasks.push_back(an_end_of(d, "web.1", std::to_string(i)));
    tasks.back().excused = true;
  }
  const auto v = judged(d, tasks);
  EXPECT_FALSE(v.hopeless || v.crashing);
  EXPECT_TRUE(v.trouble) << "it is told all the same";
}

TEST(Verdict, StoppedIsGoodWhenNothingIsLeftAlive) {
  auto d = a_deployment();
  d.wanted = intent::stop;
  EXPECT_TRUE(judged(d, {an_ended_task(d, make_failure(failure_code::exited, "x"))}).good);
  EXPECT_FALSE(judged(d, {a_task(d, task_phase::running)}).good);
}

}  // namespace
}  // namespace troupe::model::testing
