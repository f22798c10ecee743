#include <gtest/gtest.h>

#include "tests/model/life.hpp"

namespace troupe::model::testing {
namespace {

using status = deployment_status;

effect_error soft(failure_code code) {
  return {consequence::retry, make_failure(code, "soft")};
}
effect_error hard(failure_code code) {
  return {consequence::rejected, make_failure(code, "hard")};
}
effect_error away() {
  return {consequence::unavailable, make_failure(failure_code::internal, "away")};
}

deployment serving() {
  auto d = a_deployment("bbbbbbbbbbbbbbbb");
  d.status = status::running;
  d.image = resolved_image{"old", "sha256:0", 1, 1, {}, false, ""};
  return d;
}

TEST(DeploymentMachine, GoesFromPendingToRunningOneSaveAStep) {
  life d;
  d.tell(turn_granted{});
  EXPECT_EQ(d.status(), status::pulling_image);
  ASSERT_TRUE(d.wants<resolve_image_of>());
  EXPECT_TRUE(d.armed(timer::deadline));
  d.tell(image_resolved{});
  EXPECT_EQ(d.status(), status::creating_volumes);
  ASSERT_TRUE(d.wants<make_volumes>());
  d.tell(volumes_made{});
  EXPECT_EQ(d.status(), status::starting_containers);
  ASSERT_TRUE(d.wants<converge>());
  d.see_running();
  EXPECT_EQ(d.status(), status::starting_containers) << "running, but not yet for the stability window";
  d.stay_running();
  EXPECT_EQ(d.status(), status::running);
  EXPECT_TRUE(d.state.row.running_since);
  EXPECT_EQ(d.saves, 4);
  EXPECT_EQ(d.state.row.revision, 5U);
}

TEST(DeploymentMachine, WhatEndsAStartingReleaseIsToldInItsTimeline) {
  for (const auto what : {verb::cancel, verb::remove}) {
    life d;
    d.to_starting().order(what);
    EXPECT_EQ(d.status(), status::starting_containers);
    EXPECT_EQ(d.details.back(), std::string(what == verb::cancel ? "cancelled" : "to be removed") +
                                    ": what it has started is being undone");
  }
}

TEST(DeploymentMachine, WithoutAStabilityWindowTheFirstGoodLookIsEnough) {
  life d;
  d.timings.stability = duration::zero();
  d.to_starting().see_running();
  EXPECT_EQ(d.status(), status::running);
}

TEST(DeploymentMachine, AWobbleStartsTheStabilityWindowAnew) {
  life d;
  d.to_starting().see_running();
  const auto first = d.state.armed[static_cast<std::size_t>(timer::stability)];
  d.tell(looked_again{});
  d.see({a_task(d.state.row, task_phase::starting)});
  d.fire(timer::retry).see_running();
  d.tell(timer_fired{timer::stability, first});
  EXPECT_EQ(d.status(), status::starting_containers) << "the first window's end is stale";
  d.stay_running();
  EXPECT_EQ(d.status(), status::running);
}

TEST(DeploymentMachine, ATaskReplacedBetweenTwoLooksStartsTheWindowAnew) {
  life d;
  d.to_starting().see({a_task(d.state.row, task_phase::running, "first")});
  const auto first = d.state.armed[static_cast<std::size_t>(timer::stability)];
  d.fire(timer::retry).see({a_task(d.state.row, task_phase::running, "second")});
  d.tell(timer_fired{timer::stability, first});
  EXPECT_EQ(d.status(), status::starting_containers);
}

TEST(DeploymentMachine, ALookBegunBeforeTheWindowsEndDoesNotDecide) {
  life d;
  d.to_starting().see_running().fire(timer::retry);
  d.fire(timer::stability);
  EXPECT_EQ(d.status(), status::starting_containers);
  d.see_running();
  EXPECT_EQ(d.status(), status::starting_containers) << "it may have been answered late";
  ASSERT_TRUE(d.wants<converge>());
  d.see_running();
  EXPECT_EQ(d.status(), status::running);
}

TEST(DeploymentMachine, ALookAskedForMeanwhileIsTakenOnceItRuns) {
  life d;
  d.to_starting().see_running().fire(timer::stability);
  d.tell(looked_again{}).see_running();
  EXPECT_EQ(d.status(), status::running);
  EXPECT_TRUE(d.wants<converge>()) << "what was seen may be older than what it was asked for";
}

TEST(DeploymentMachine, PullFailureIsRejected) {
  life d;
  d.tell(turn_granted{}).tell(effect_failed{hard(failure_code::image_not_found)});
  EXPECT_EQ(d.status(), status::failed);
  EXPECT_EQ(d.state.row.error->code, failure_code::image_not_found);
  EXPECT_EQ(d.state.row.error->phase, "PULLING_IMAGE");
  EXPECT_TRUE(d.effects.empty());
}

TEST(DeploymentMachine, APassingPullFailureIsTriedThreeTimes) {
  life d;
  d.tell(turn_granted{});
  for (int i = 0; i < 2; ++i) {
    d.tell(effect_failed{soft(failure_code::registry_unreachable)});
    EXPECT_EQ(d.status(), status::pulling_image);
    d.fire(timer::retry);
    ASSERT_TRUE(d.wants<resolve_image_of>());
  }
  d.tell(effect_failed{soft(failure_code::registry_unreachable)});
  EXPECT_EQ(d.status(), status::failed);
  EXPECT_EQ(d.state.row.error->code, failure_code::registry_unreachable);
}

TEST(DeploymentMachine, AnEngineThatIsAwayIsWaitedForBeyondTheDeadline) {
  life d;
  d.tell(turn_granted{});
  for (int i = 0; i < 50; ++i) d.tell(effect_failed{away()}).fire(timer::retry);
  d.tell(effect_failed{away()}).fire(timer::deadline);
  EXPECT_EQ(d.status(), status::pulling_image);
  EXPECT_TRUE(d.armed(timer::deadline));
  d.fire(timer::retry).tell(image_resolved{});
  EXPECT_EQ(d.status(), status::creating_volumes);
}

duration deadline_of(life& d) {
  for (const auto& e : d.effects)
    if (const auto* t = std::get_if<start_timer>(&e); t && t->kind == timer::deadline) return t->after;
  return {};
}

TEST(DeploymentMachine, AHealthCheckOfTheImageGetsItsTimeToo) {
  life d;
  d.tell(turn_granted{});
  resolved_image image{"docker.io/library/nginx@sha256:1", "sha256:1", 10001, 10001, {}, true, ""};
  image.check = {300, 30, 3, 60, false};
  d.tell(image_resolved{image}).tell(volumes_made{});
  EXPECT_EQ(deadline_of(d), d.timings.start + std::chrono::seconds(60 + 330 * 4));
  life own;
  own.state.row.spec.health = health_check{};
  own.tell(turn_granted{}).tell(image_resolved{image}).tell(volumes_made{});
  EXPECT_EQ(deadline_of(own), own.timings.start + std::chrono::seconds(10 + 8 * 4)) << "the release's own check is run";
  life none;
  none.to_starting();
  EXPECT_EQ(deadline_of(none), none.timings.start);
}

task_observation a_fatal_task(const deployment& of) {
  auto task = an_ended_task(of, make_failure(failure_code::unknown_user, "no such user"));
  task.fatal = true;
  return task;
}

void end_three_times(life& d) {
  const auto exited = make_failure(failure_code::exited, "exited with 1", "no database yet");
  for (const auto* id : {"t1", "t2", "t3"}) d.see({an_ended_task(d.state.row, exited, id)}).fire(timer::retry);
}

TEST(DeploymentMachine, AProgramMayEndUntilWhatItNeedsIsThere) {
  life d;
  d.timings.crash = duration{20'000};
  d.to_starting();
  end_three_times(d);
  EXPECT_FALSE(is_undoing(d.state.row));
  d.see_running().stay_running();
  EXPECT_EQ(d.status(), status::running);

  life worse;
  worse.timings.crash = duration{20'000};
  worse.to_starting();
  end_three_times(worse);
  EXPECT_FALSE(is_undoing(worse.state.row));
  worse.now += std::chrono::seconds(15);
  end_three_times(worse);
  EXPECT_TRUE(is_undoing(worse.state.row));
  EXPECT_EQ(worse.state.row.error->detail, "no database yet");
}

TEST(DeploymentMachine, AtTheDeadlineWhatEndedAMomentAgoIsTheCause) {
  life d;
  d.to_starting();
  const auto exited = make_failure(failure_code::out_of_memory, "too much");
  d.see({a_task(d.state.row, task_phase::running, "t2"), an_ended_task(d.state.row, exited, "t1")})
      .fire(timer::deadline);
  EXPECT_EQ(d.state.row.error->code, failure_code::out_of_memory);
}

TEST(DeploymentMachine, WhatKeepsTheFormerReleaseOutOfServiceHasNoSuchTime) {
  life d;
  d.timings.crash = duration{20'000};
  d.state.row.spec.volumes = {{"data", "/data"}};
  auto former = serving();
  former.spec.volumes = d.state.row.spec.volumes;
  d.to_starting(former);
  end_three_times(d);
  EXPECT_TRUE(is_undoing(d.state.row));
}

TEST(DeploymentMachine, AFailedFirstReleaseIsTornDownBeforeItIsFailed) {
  life d;
  d.to_starting();
  const auto exited = make_failure(failure_code::exited, "exited with 3", "last line");
  d.see({an_ended_task(d.state.row, exited, "t1")}).fire(timer::retry);
  d.see({an_ended_task(d.state.row, exited, "t2")}).fire(timer::retry);
  EXPECT_EQ(d.status(), status::starting_containers);
  d.see({an_ended_task(d.state.row, exited, "t3")});
  EXPECT_EQ(d.status(), status::starting_containers);
  EXPECT_TRUE(is_undoing(d.state.row)) << "the failure is saved before anything is undone";
  ASSERT_TRUE(d.wants<tear_down>());
  d.tell(service_gone{});
  EXPECT_EQ(d.status(), status::failed);
  EXPECT_EQ(d.state.row.error->detail, "last line");
  EXPECT_FALSE(d.state.row.rolled_back_to);
}

TEST(DeploymentMachine, AFailedUpdateGoesBackToTheFormerRelease) {
  life d;
  d.to_starting(serving());
  const auto task = a_fatal_task(d.state.row);
  d.see({task});
  const auto* back = d.wants<converge>();
  ASSERT_TRUE(back);
  EXPECT_EQ(back->plan.deployment, serving().id);
  EXPECT_EQ(back->plan.image.pinned, "old");
  d.see({a_task(serving(), task_phase::starting)}).fire(timer::retry);
  EXPECT_EQ(d.status(), status::starting_containers);
  d.see({a_task(serving(), task_phase::running)});
  EXPECT_EQ(d.status(), status::failed);
  EXPECT_EQ(d.state.row.rolled_back_to, serving().id);
}

TEST(DeploymentMachine, AFormerReleaseThatTakesTooLongIsNotSaidToServe) {
  life d;
  auto former = serving();
  former.spec.replicas = 2;
  d.to_starting(former);
  d.see({a_fatal_task(d.state.row)});
  d.see({a_task(former, task_phase::running), a_task(former, task_phase::starting, "task2")}).fire(timer::deadline);
  EXPECT_EQ(d.status(), status::failed);
  EXPECT_EQ(d.told("The former release is not back yet: 1 of 2 containers run"), 1);
  EXPECT_EQ(d.told("serves"), 0);
}

TEST(DeploymentMachine, AFailedUpdateIsUndoneOnlyWhenItsLastContainerHasEnded) {
  life d;
  d.to_starting(serving());
  const auto task = a_fatal_task(d.state.row);
  d.see({task});
  d.see({a_task(serving(), task_phase::running), a_task(d.state.row, task_phase::running)}).fire(timer::retry);
  EXPECT_EQ(d.status(), status::starting_containers) << "the former one serves, but this one still runs";
  d.see({a_task(serving(), task_phase::running), task});
  EXPECT_EQ(d.status(), status::failed);
}

TEST(DeploymentMachine, UndoingGoesOnAfterACrash) {
  life d;
  d.to_starting(serving());
  d.order(verb::cancel);
  life again(d.state.row);
  again.state.former = serving();
  again.tell(resumed{});
  ASSERT_TRUE(again.wants<converge>());
  EXPECT_EQ(again.wants<converge>()->plan.deployment, serving().id);
  again.see({a_task(serving(), task_phase::running)});
  EXPECT_EQ(again.status(), status::cancelled);
}

TEST(DeploymentMachine, ACancelledStartWaitsForItsOwnEffectBeforeItUndoes) {
  life d;
  d.to_starting();
  d.order(verb::cancel);
  EXPECT_FALSE(d.wants<tear_down>()) << "creating and removing at once could end in either order";
  d.tell(answered_late{});
  ASSERT_TRUE(d.wants<tear_down>());
  d.tell(service_gone{});
  EXPECT_EQ(d.status(), status::cancelled);
}

TEST(DeploymentMachine, CancelWhilePullingNeedsNoUndoing) {
  life d;
  d.tell(turn_granted{}).order(verb::cancel);
  EXPECT_EQ(d.status(), status::cancelled);
}

TEST(DeploymentMachine, NoNodeForATaskIsToldAfterThePatience) {
  life d;
  d.to_starting();
  auto task = a_task(d.state.row, task_phase::waiting);
  task.unplaceable = true;
  task.trouble = make_failure(failure_code::no_capacity, "no node");
  d.see({task}).fire(timer::retry).see({task});
  EXPECT_EQ(d.status(), status::starting_containers);
  EXPECT_FALSE(is_undoing(d.state.row));
  d.fire(timer::patience);
  EXPECT_EQ(d.state.row.error->code, failure_code::no_capacity);
}

TEST(DeploymentMachine, AHealthCheckThatNeverPassesIsUnhealthyAtTheDeadline) {
  for (const bool checked : {true, false}) {
    life d;
    if (checked) d.state.row.spec.health = health_check{};
    d.to_starting().see({a_task(d.state.row, task_phase::starting)});
    d.fire(timer::deadline);
    EXPECT_EQ(d.state.row.error->code, checked ? failure_code::unhealthy : failure_code::timed_out);
  }
}

TEST(DeploymentMachine, StopAndStartKeepTheRelease) {
  life d;
  d.to_running();
  d.order(verb::stop);
  ASSERT_TRUE(d.wants<converge>());
  EXPECT_EQ(d.wants<converge>()->plan.replicas, 0U);
  EXPECT_EQ(d.status(), status::running) << "STOPPED only when it is true";
  auto stopping = a_task(d.state.row, task_phase::running);
  stopping.wanted = false;
  d.see({stopping}).fire(timer::retry).see({});
  EXPECT_EQ(d.status(), status::stopped);
  d.order(verb::start);
  EXPECT_EQ(d.status(), status::starting_containers);
  d.see_running().stay_running();
  EXPECT_EQ(d.status(), status::running);
}

TEST(DeploymentMachine, AReleaseThatIsToBeStoppedNeverRuns) {
  auto row = a_deployment();
  row.wanted = intent::stop;
  life d(row);
  auto former = a_deployment("bbbbbbbbbbbbbbbb");
  d.to_starting(former);
  ASSERT_TRUE(d.wants<converge>());
  EXPECT_EQ(d.wants<converge>()->plan.replicas, 0U);
  d.see({a_task(former, task_phase::running)});
  EXPECT_EQ(d.status(), status::starting_containers) << "what runs has not ended";
  d.see({});
  EXPECT_EQ(d.status(), status::starting_containers) << "a look begun later says so, too";
  d.fire(timer::stability).see({});
  EXPECT_EQ(d.status(), status::stopped);
  EXPECT_TRUE(d.state.row.running_since) << "it took its place, and may be gone back to";
  d.order(verb::start).see_running().stay_running();
  EXPECT_EQ(d.status(), status::running);
}

TEST(DeploymentMachine, WhereWhatRanDoesNotEndAReleaseThatIsToBeStoppedFails) {
  auto row = a_deployment();
  row.wanted = intent::stop;
  life d(row);
  const auto former = a_deployment("bbbbbbbbbbbbbbbb");
  d.to_starting(former).see({a_task(former, task_phase::running)}).fire(timer::deadline);
  d.see({a_task(former, task_phase::running)});
  EXPECT_EQ(d.status(), status::failed);
  EXPECT_EQ(d.state.row.rolled_back_to, former.id);
  EXPECT_EQ(d.told("in time"), 2) << "the timeline says why";
}

TEST(DeploymentMachine, RestartMakesNewContainersByGeneration) {
  life d;
  d.to_running();
  d.order(verb::restart);
  ASSERT_TRUE(d.wants<converge>());
  EXPECT_EQ(d.wants<converge>()->plan.generation, 1U);
  auto old = a_task(d.state.row, task_phase::running);
  old.generation = 0;
  d.see({old}, applied::updated);
  EXPECT_FALSE(d.state.row.health.degraded) << "its own change may take its time";
}

TEST(DeploymentMachine, DriftMadeByHandIsPutRightAndTold) {
  life d;
  d.to_running();
  const auto saves = d.saves;
  d.tell(looked_again{}).see({a_task(d.state.row, task_phase::running)}, applied::updated);
  EXPECT_EQ(d.saves, saves + 1);
  EXPECT_NE(d.details.back().find("put right"), std::string::npos);
  d.tell(looked_again{}).see_running();
  EXPECT_EQ(d.saves, saves + 1) << "nothing to tell, nothing to write";
}

TEST(DeploymentMachine, LaterTroubleIsDegradedOnceAndHealsByItself) {
  life d;
  d.to_running();
  const auto lost = make_failure(failure_code::exited, "exited with 1");
  d.tell(looked_again{}).see({an_ended_task(d.state.row, lost, "x")});
  EXPECT_TRUE(d.state.row.health.degraded);
  EXPECT_EQ(d.state.row.health.since, d.now);
  const auto saves = d.saves;
  for (int i = 0; i < 20; ++i) d.fire(timer::retry).see({an_ended_task(d.state.row, lost, "x")});
  EXPECT_EQ(d.saves, saves) << "the same container is counted once";
  EXPECT_EQ(d.status(), status::running);
  d.fire(timer::retry).see_running();
  EXPECT_TRUE(d.state.row.health.degraded) << "not before the stability window is over";
  d.stay_running();
  EXPECT_FALSE(d.state.row.health.degraded);
  EXPECT_EQ(d.state.row.crashes.count, 1U);
}

TEST(DeploymentMachine, WhatFailedItsHealthCheckIsRestartedWhereSwarmLeavesItEnded) {
  life d;
  d.state.row.spec.restart.condition = restart_condition::on_failure;
  d.to_running();
  auto task = an_ended_task(d.state.row, make_failure(failure_code::unhealthy, "The health check failed."));
  task.exit_code = 0;
  d.tell(looked_again{}).see({task});
  EXPECT_EQ(d.status(), status::running);
  EXPECT_EQ(d.state.row.generation, 1U);
  ASSERT_TRUE(d.wants<converge>());
  EXPECT_EQ(d.wants<converge>()->plan.generation, 1U);
  EXPECT_EQ(d.told("restarting what failed its health check"), 1);
  d.see({task, a_task(d.state.row, task_phase::running, "task2")});
  EXPECT_FALSE(d.state.row.health.degraded);
  EXPECT_EQ(d.state.row.generation, 1U) << "the former's end is not the new one's";
}

task_observation ended_with_the_engine(const deployment& row) {
  auto task =
      an_ended_task(row, make_failure(failure_code::exited, "The container was ended with the Engine (exit code 0)."));
  task.exit_code = 0;
  task.excused = true;
  return task;
}

TEST(DeploymentMachine, WhatEndedInGoodOrderWithTheEngineIsStartedAgainWhereSwarmLeavesItEnded) {
  life running;
  running.state.row.spec.restart.condition = restart_condition::on_failure;
  running.to_running();
  running.tell(looked_again{}).see({ended_with_the_engine(running.state.row)});
  EXPECT_EQ(running.status(), status::running);
  EXPECT_EQ(running.state.row.generation, 1U);
  ASSERT_TRUE(running.wants<converge>());
  EXPECT_EQ(running.told("starting again what ended with the Engine"), 1);
  EXPECT_EQ(running.state.row.crashes.count, 0U);

  life starting;
  starting.state.row.spec.restart.condition = restart_condition::on_failure;
  starting.to_starting();
  const auto due = starting.state.row.due;
  starting.see({ended_with_the_engine(starting.state.row)});
  EXPECT_EQ(starting.status(), status::starting_containers);
  EXPECT_EQ(starting.state.row.generation, 1U);
  ASSERT_TRUE(starting.wants<converge>());
  EXPECT_EQ(starting.state.row.due, due) << "its time counts on";
  starting.see({ended_with_the_engine(starting.state.row), a_task(starting.state.row, task_phase::running, "task2")});
  EXPECT_EQ(starting.state.row.generation, 1U);

  life unhealthy;  // that is the release's own doing
  unhealthy.state.row.spec.restart.condition = restart_condition::on_failure;
  unhealthy.to_starting();
  auto task = an_ended_task(unhealthy.state.row, make_failure(failure_code::unhealthy, "The health check failed."));
  task.exit_code = 0;
  unhealthy.see({task});
  EXPECT_EQ(unhealthy.state.row.generation, 0U);
  ASSERT_TRUE(unhealthy.state.row.error);
  EXPECT_EQ(unhealthy.state.row.error->code, failure_code::unhealthy);

  life by_swarm;  // which starts it again by itself
  by_swarm.to_running();
  by_swarm.tell(looked_again{}).see({ended_with_the_engine(by_swarm.state.row)});
  EXPECT_EQ(by_swarm.state.row.generation, 0U);
}

TEST(DeploymentMachine, SpellsThatComeAgainAndAgainAreALoopAndToldOnce) {
  life d;
  d.state.row.spec.restart.condition = restart_condition::on_failure;
  d.to_running();
  for (int i = 0; i < 10; ++i) {
    auto task = an_ended_task(d.state.row, make_failure(failure_code::unhealthy, "The health check failed."),
                              "x" + std::to_string(i));
    task.exit_code = 0;
    d.tell(looked_again{}).see({task});
    EXPECT_EQ(d.state.row.generation, static_cast<std::uint32_t>(i + 1)) << "it is restarted all the same";
    d.see({a_task(d.state.row, task_phase::running, "y" + std::to_string(i))});
  }
  EXPECT_TRUE(d.state.row.health.degraded);
  EXPECT_NE(d.state.row.health.reason.find("crash loop"), std::string::npos);
  EXPECT_EQ(d.told("restarting what failed its health check"), 2);
  EXPECT_EQ(d.told("degraded: crash loop"), 1);
}

TEST(DeploymentMachine, ACrashLoopIsDegradedForItsWindowAndToldOnce) {
  life d;
  d.to_running();
  const auto lost = make_failure(failure_code::exited, "exited with 1");
  for (int i = 0; i < 20; ++i) {
    d.now += std::chrono::seconds(12);
    // Each time Swarm has started it again by the time of the look.
    auto ended = an_ended_task(d.state.row, lost, "x" + std::to_string(i));
    ended.ended_at = d.now;
    d.tell(looked_again{}).see({a_task(d.state.row, task_phase::running, "y" + std::to_string(i)), ended});
    EXPECT_EQ(d.state.row.health.degraded, i >= 2) << i;
  }
  EXPECT_EQ(d.state.row.crashes.count, 20U);
  EXPECT_NE(d.state.row.health.reason.find("20 times in the last 10 minutes; last: exited with 1"), std::string::npos)
      << d.state.row.health.reason;
  EXPECT_EQ(d.told("ended and was started again"), 2);
  EXPECT_EQ(d.told("crash loop"), 1);
  d.fire(timer::retry).see({a_task(d.state.row, task_phase::running, "z")});
  EXPECT_TRUE(d.state.row.health.degraded) << "it runs, and did so each time";
  d.now += crash_window;
  d.tell(looked_again{}).see({a_task(d.state.row, task_phase::running, "z")});
  d.fire(timer::stability).see({a_task(d.state.row, task_phase::running, "z")});
  EXPECT_FALSE(d.state.row.health.degraded);
}

TEST(DeploymentMachine, ACommandIsUnderWayUntilItIsTrue) {
  life d;
  d.to_running();
  EXPECT_TRUE(is_settled(d.state.row));
  d.order(verb::scale, 2);
  EXPECT_FALSE(is_settled(d.state.row));
  d.see_running();
  EXPECT_FALSE(is_settled(d.state.row)) << "one of two runs";
  d.fire(timer::retry);
  d.see({a_task(d.state.row, task_phase::running, "task1"), a_task(d.state.row, task_phase::running, "task2")});
  EXPECT_TRUE(is_settled(d.state.row));
  EXPECT_EQ(d.told("2 containers run"), 1);
}

TEST(DeploymentMachine, ACommandThatTakesTooLongIsSettledAsDegraded) {
  life d;
  d.to_running();
  d.order(verb::scale, 2).see_running().fire(timer::deadline).see_running();
  EXPECT_TRUE(is_settled(d.state.row));
  EXPECT_TRUE(d.state.row.health.degraded);
}

TEST(DeploymentMachine, ARestartOfTroupeTakesNoCommandOfItsOwnForDrift) {
  life d;
  d.to_running();
  d.order(verb::scale, 3);
  life again(d.state.row);
  again.now = d.now;
  again.tell(resumed{}).see({a_task(d.state.row, task_phase::running)}, applied::updated);
  again.fire(timer::retry).see_running();
  EXPECT_EQ(again.told("put right"), 0);
  EXPECT_EQ(again.told("degraded"), 0);
  EXPECT_FALSE(is_settled(again.state.row));
}

TEST(DeploymentMachine, ADeadlineOutlivesRestartsOfTroupe) {
  life d;
  d.to_starting();
  const auto whole = d.timings.start;
  d.now += whole - std::chrono::seconds(20);
  const auto left_after = [](const life& it) { return it.wants<start_timer>()->after; };
  life soon(d.state.row);
  soon.now = d.now;
  soon.tell(resumed{});
  EXPECT_EQ(left_after(soon), whole / 2) << "19 s are left, but it may have been away";
  duration in_all{0};
  for (int i = 0; i < 50; ++i) {
    life next(soon.state.row);
    next.now = soon.now + left_after(soon);
    next.tell(resumed{});
    in_all += left_after(next);
    soon = next;
  }
  EXPECT_LT(in_all, whole) << "being restarted again and again does not keep it alive";
}

TEST(DeploymentMachine, AReleaseThatYieldedKeepsStill) {
  life d;
  d.to_running();
  d.tell(yielded{}).tell(looked_again{});
  EXPECT_TRUE(d.effects.empty());
  EXPECT_TRUE(refusal(d.state, {verb::scale, 2}));
  d.tell(superseded{{"dep_cccccccccccccccc"}});
  EXPECT_EQ(d.status(), status::superseded);
}

TEST(DeploymentMachine, RemoveTearsDownWhatItOwnsUntilItIsGone) {
  life d;
  d.to_running();
  d.order(verb::remove);
  EXPECT_EQ(d.status(), status::removing);
  ASSERT_TRUE(d.wants<tear_down>());
  for (int i = 0; i < 30; ++i) {
    d.tell(effect_failed{soft(failure_code::internal)});
    EXPECT_EQ(d.status(), status::removing);
    d.fire(timer::retry);
    ASSERT_TRUE(d.wants<tear_down>());
  }
  d.tell(service_gone{});
  EXPECT_EQ(d.status(), status::removed);
}

TEST(DeploymentMachine, CommandsAreRefusedWithTheReason) {
  life d;
  EXPECT_TRUE(refusal(d.state, {verb::restart, 0}));
  EXPECT_FALSE(refusal(d.state, {verb::cancel, 0}));
  d.to_running();
  EXPECT_TRUE(refusal(d.state, {verb::cancel, 0}));
  EXPECT_FALSE(refusal(d.state, {verb::scale, 3}));
  d.state.row.spec.ports.push_back({80, 8080, port_protocol::tcp, port_mode::host});
  const auto why = refusal(d.state, {verb::scale, 3});
  ASSERT_TRUE(why);
  EXPECT_EQ(why->kind, consequence::conflict);
  EXPECT_FALSE(refusal(d.state, {verb::scale, 1}));
}

TEST(DeploymentMachine, AServiceThatWritesAloneIsNotScaled) {
  life d;
  d.to_running();
  d.state.row.spec.volumes = {{"data", "/data"}};
  const auto why = refusal(d.state, {verb::scale, 2});
  ASSERT_TRUE(why);
  EXPECT_EQ(why->kind, consequence::conflict);
  EXPECT_FALSE(refusal(d.state, {verb::scale, 1}));
  d.state.row.spec.volumes[0].shared = true;
  EXPECT_FALSE(refusal(d.state, {verb::scale, 2}));
}

TEST(DeploymentMachine, VolumesAreMadeForWhatTheImageDeclaresToo) {
  life d;
  d.state.row.spec.volumes = {{"own", "/own"}};
  resolved_image image;
  image.volumes = {{"auto-web-data-1", "/data"}};
  d.tell(turn_granted{}).tell(image_resolved{image});
  ASSERT_TRUE(d.wants<make_volumes>());
  EXPECT_EQ(d.wants<make_volumes>()->names, (std::vector<std::string>{"own", "auto-web-data-1"}));
}

TEST(DeploymentMachine, ReplicasOfWhatTheImageDeclaresAsDataAreRefusedBeforeAnythingStarts) {
  life d;
  d.state.row.spec.replicas = 3;
  resolved_image image;
  image.volumes = {{"auto-web-data-1", "/data"}};
  d.tell(turn_granted{}).tell(image_resolved{image});
  EXPECT_EQ(d.status(), status::failed);
  EXPECT_EQ(d.state.row.error->code, failure_code::volume_not_shared);
  EXPECT_NE(d.state.row.error->message.find("/data"), std::string::npos);
  EXPECT_NE(d.state.row.error->hint.find("ephemeral"), std::string::npos);
}

TEST(DeploymentMachine, StoppingTheOldWriterIsToldOnceAndHasItsTime) {
  life plain, d;
  d.state.row.spec.volumes = {{"data", "/data"}};
  const auto deadline_of = [](const life& of) {
    for (const auto& e : of.effects)
      if (const auto* t = std::get_if<start_timer>(&e); t && t->kind == timer::deadline) return t->after;
    return duration{};
  };
  plain.to_starting();
  d.to_starting();
  EXPECT_EQ(deadline_of(d) - deadline_of(plain), std::chrono::seconds(60));
  const auto saves = d.saves;
  d.see({}, applied::stopping).fire(timer::retry).see({}, applied::stopping).fire(timer::retry);
  EXPECT_EQ(d.saves, saves + 1);
  EXPECT_NE(d.details.back().find("one at a time may write"), std::string::npos);
  d.see_running().stay_running();
  EXPECT_EQ(d.status(), status::running);
}

TEST(DeploymentMachine, AVolumeThatStaysInUseIsTheReasonAtTheDeadline) {
  life d;
  d.to_starting();
  service_observation seen{applied::stopping, {}};
  seen.waits_for = make_failure(failure_code::volume_in_use, "The volume \"data\" is still in use.");
  d.tell(service_seen{seen}).fire(timer::deadline);
  ASSERT_TRUE(d.state.row.error);
  EXPECT_EQ(d.state.row.error->code, failure_code::volume_in_use);
}

TEST(DeploymentMachine, WhomItWaitsForIsToldOnceAndNoReasonLater) {
  life d;
  d.state.row.spec.volumes = {{"data", "/data"}};
  d.to_starting();
  service_observation waits{applied::stopping, {}};
  waits.waits_for = make_failure(failure_code::volume_in_use, "The volume \"data\" is still in use by somebody.");
  const auto saves = d.saves;
  d.tell(service_seen{waits}).fire(timer::retry).tell(service_seen{waits}).fire(timer::retry);
  EXPECT_EQ(d.saves, saves + 1);
  EXPECT_EQ(d.details.back(), "waiting: The volume \"data\" is still in use by somebody.");
  d.see({a_task(d.state.row, task_phase::starting)}).fire(timer::deadline);
  ASSERT_TRUE(d.state.row.error);
  EXPECT_NE(d.state.row.error->code, failure_code::volume_in_use) << "that was over";
}

TEST(DeploymentMachine, AWaitForOthersIsTroubleAtOnceWhileAnOwnChangeHasItsTime) {
  life d;
  d.to_running();
  d.state.row.spec.volumes = {{"data", "/data"}};
  d.order(verb::restart).see({}, applied::stopping);
  EXPECT_FALSE(d.state.row.health.degraded);
  EXPECT_TRUE(shown_health(d.state).degraded) << "but nobody is told that all is well";
  service_observation waits{applied::stopping, {}};
  waits.waits_for = make_failure(failure_code::volume_in_use, "The volume is still in use by somebody.");
  d.fire(timer::retry).tell(service_seen{waits});
  EXPECT_TRUE(d.state.row.health.degraded);
  EXPECT_NE(d.state.row.health.reason.find("somebody"), std::string::npos);
}

TEST(DeploymentMachine, AContainerOfBeforeServesWhileARestartReplacesIt) {
  life d;
  d.to_running();
  d.order(verb::restart);
  auto before = a_task(d.state.row, task_phase::running);
  before.generation = 0;
  d.see({a_task(d.state.row, task_phase::starting, "new"), before});
  EXPECT_FALSE(shown_health(d.state).degraded);
}

TEST(DeploymentMachine, WhatIsBeingReplacedShowsThatItServesNoLonger) {
  life d;
  d.to_running();
  EXPECT_FALSE(shown_health(d.state).degraded);
  d.tell(yielded{});
  EXPECT_FALSE(shown_health(d.state).degraded) << "nothing has happened to it yet";
  auto ended = a_task(d.state.row, task_phase::ended);
  d.tell(replacement_looked{{applied::stopping, {ended}}});
  EXPECT_TRUE(shown_health(d.state).degraded);
  EXPECT_NE(shown_health(d.state).reason.find("another release"), std::string::npos);
  EXPECT_FALSE(d.state.row.health.degraded) << "nobody is told of trouble that is none";
  EXPECT_EQ(d.state.seen.tasks.front().phase, task_phase::ended);
  d.tell(resumed{}).see_running();
  EXPECT_FALSE(shown_health(d.state).degraded);
}

TEST(DeploymentMachine, AStopBeforeAChangeIsNoChangeThatSomebodyMade) {
  life d;
  d.to_running();
  d.state.row.spec.volumes = {{"data", "/data"}};
  d.order(verb::restart);
  d.see({}, applied::stopping).fire(timer::retry).see({a_task(d.state.row, task_phase::running)}, applied::updated);
  EXPECT_EQ(d.told("put right"), 0) << "it was asked for";
}

// Every state x every event: the step is total, keeps its promises, and final means final.
TEST(DeploymentMachine, EveryEventInEveryStateKeepsTheRules) {
  const std::vector<event> events = {resumed{},
                                     yielded{},
                                     turn_granted{},
                                     image_resolved{},
                                     volumes_made{},
                                     service_seen{},
                                     service_gone{},
                                     effect_failed{soft(failure_code::internal)},
                                     effect_failed{hard(failure_code::internal)},
                                     effect_failed{away()},
                                     answered_late{},
                                     timer_fired{timer::deadline, 1},
                                     timer_fired{timer::retry, 1},
                                     timer_fired{timer::stability, 1},
                                     timer_fired{timer::patience, 1},
                                     looked_again{},
                                     commanded{{verb::cancel, 0}},
                                     commanded{{verb::remove, 0}},
                                     commanded{{verb::stop, 0}},
                                     commanded{{verb::start, 0}},
                                     commanded{{verb::restart, 0}},
                                     commanded{{verb::scale, 2}},
                                     superseded{{"dep_cccccccccccccccc"}},
                                     replacement_looked{}};
  for (std::size_t s = 0; s < deployment_status_texts.texts.size(); ++s)
    for (std::size_t e = 0; e < events.size(); ++e)
      for (const bool active : {false, true}) {
        life d;
        d.state.row.status = static_cast<status>(s);
        d.state.row.image = resolved_image{};
        d.state.active = active && !is_final(d.state.row.status);
        d.state.armed.fill(1);
        const auto before = d.state;
        if (const auto* c = std::get_if<commanded>(&events[e]); c && refusal(before, c->command)) continue;
        const auto made = step(before, events[e], timestamp{}, d.timings);
        SCOPED_TRACE("state " + std::string(deployment_status_texts[before.row.status]) + ", event " +
                     std::to_string(e));
        EXPECT_EQ(made.next.row.revision, before.row.revision + (made.save ? 1 : 0));
        EXPECT_GE(made.next.phase, before.phase);
        if (!made.save) {
          EXPECT_TRUE(made.next.row == before.row);
        }
        if (is_final(before.row.status)) {
          EXPECT_TRUE(made.next.row.status == before.row.status || made.next.row.status == status::removed);
          EXPECT_TRUE(made.effects.empty());
        }
        std::size_t on_docker = 0;
        for (const auto& x : made.effects) on_docker += !std::holds_alternative<start_timer>(x);
        EXPECT_LE(on_docker, 1U) << "one outstanding effect";
        if (on_docker) {
          EXPECT_TRUE(made.next.busy);
        }
      }
}

}  // namespace
}  // namespace troupe::model::testing
