#include "actors/model/verdict.hpp"

#include <gtest/gtest.h>

#include "tests/model/life.hpp"

namespace troupe::model::testing {
namespace {

verdict judged(const deployment& d, std::vector<task_observation> tasks) {
  std::set<std::string> ended;
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

TEST(Verdict, StoppedIsGoodWhenNothingIsLeftAlive) {
  auto d = a_deployment();
  d.wanted = intent::stop;
  EXPECT_TRUE(judged(d, {an_ended_task(d, make_failure(failure_code::exited, "x"))}).good);
  EXPECT_FALSE(judged(d, {a_task(d, task_phase::running)}).good);
}

}  // namespace
}  // namespace troupe::model::testing
