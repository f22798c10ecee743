// Deployments of kind job: each try is one container, and the end of its program is their end.
#include <random>

#include <gtest/gtest.h>

#include "tests/model/life.hpp"

namespace troupe::model::testing {
namespace {

using status = deployment_status;
using namespace std::chrono_literals;

deployment a_job(std::uint32_t backoff_limit = 0, std::uint32_t deadline_seconds = 3600) {
  auto d = a_deployment();
  d.spec.service = "migrate";
  d.spec.job = job_terms{backoff_limit, deadline_seconds};
  return d;
}

task_observation completed(const deployment& d, std::string id = "task1") {
  auto t = an_ended_task(d, make_failure(failure_code::exited, "The container ended by itself (exit code 0)."), id);
  t.container = "c-" + id;
  t.exit_code = 0;
  t.completed = true;
  return t;
}

task_observation failed(const deployment& d, std::string id = "task1", int code = 3) {
  auto t = an_ended_task(d, make_failure(failure_code::exited, "The container ended (exit code 3).", "boom"), id);
  t.container = "c-" + id;
  t.exit_code = code;
  return t;
}

failure engine_trouble() {
  return make_failure(failure_code::network_failed, "The engine was not ready for the container.");
}

TEST(JobMachine, RunsAsSoonAsItsContainerDoesAndSucceedsWithItsProgram) {
  life d(a_job());
  d.to_starting().see_running();
  EXPECT_EQ(d.status(), status::running) << "without a stability window";
  EXPECT_FALSE(is_settled(d.state.row)) << "whoever waits, waits for its end";
  d.tell(looked_again{});
  ASSERT_TRUE(d.wants<converge>());
  d.see({completed(d.state.row)});
  EXPECT_EQ(d.status(), status::succeeded);
  EXPECT_TRUE(is_settled(d.state.row));
  EXPECT_FALSE(d.state.row.error);
  ASSERT_TRUE(d.wants<tear_down>()) << "its service goes once the end is saved";
  EXPECT_EQ(d.wants<tear_down>()->service, "migrate");
  d.tell(service_gone{});
  EXPECT_FALSE(d.state.active);
  EXPECT_FALSE(d.state.busy);
}

TEST(JobMachine, OneThatEndedBeforeAnybodySawItRunGoesStraightToItsEnd) {
  life d(a_job());
  d.to_starting().see({completed(d.state.row)});
  EXPECT_EQ(d.status(), status::succeeded);
  EXPECT_TRUE(d.state.row.running_since);
  life e(a_job());
  e.to_starting().see({failed(e.state.row)});
  EXPECT_EQ(e.status(), status::failed);
}

TEST(JobMachine, WithoutABackoffLimitTheFirstOtherEndIsItsFailure) {
  life d(a_job());
  d.to_starting().see_running().tell(looked_again{}).see({failed(d.state.row)});
  EXPECT_EQ(d.status(), status::failed);
  ASSERT_TRUE(d.state.row.error);
  EXPECT_EQ(d.state.row.error->code, failure_code::exited);
  EXPECT_EQ(d.state.row.error->detail, "boom");
  EXPECT_EQ(d.state.row.error->phase, "RUNNING");
  EXPECT_NE(d.state.row.error->hint.find("backoffLimit"), std::string::npos);
  EXPECT_EQ(d.state.row.error->hint.find("must keep running"), std::string::npos) << "that is a service's";
  EXPECT_TRUE(d.wants<tear_down>());
}

TEST(JobMachine, IsTriedAgainAsOftenAsItsBackoffLimitSaysEachTimeAfterAPause) {
  life d(a_job(2));
  d.to_starting().see_running();
  const auto due = d.state.row.due;
  for (std::uint32_t tried = 1; tried <= 2; ++tried) {
    d.tell(looked_again{}).see({failed(d.state.row, "task" + std::to_string(tried))});
    EXPECT_EQ(d.status(), status::running);
    EXPECT_EQ(d.state.row.generation, tried);
    EXPECT_FALSE(d.wants<converge>()) << "not before the pause is over";
    EXPECT_EQ(d.state.row.due, due) << "the deadline is that of all tries";
    d.tell(looked_again{});
    EXPECT_FALSE(d.wants<converge>());
    d.fire(timer::next_try);
    ASSERT_TRUE(d.wants<converge>());
    EXPECT_EQ(d.wants<converge>()->plan.generation, tried);
    d.see_running();
  }
  EXPECT_EQ(d.told("Trying again (1 of 2)"), 1);
  EXPECT_EQ(d.told("Trying again (2 of 2)"), 1);
  d.tell(looked_again{}).see({failed(d.state.row, "task3")});
  EXPECT_EQ(d.status(), status::failed);
}

TEST(JobMachine, ALaterTryThatSucceedsIsItsSuccess) {
  life d(a_job(1));
  d.to_starting().see({failed(d.state.row)});
  EXPECT_EQ(d.status(), status::running) << "it has begun, and is not at its end";
  const auto first = failed(d.state.row);
  d.fire(timer::next_try).see({completed(d.state.row, "task2"), first});
  EXPECT_EQ(d.status(), status::succeeded);
  EXPECT_FALSE(d.state.row.error);
}

TEST(JobMachine, WhatCannotHelpToTryAgainIsNotTriedAgain) {
  life d(a_job(5));
  auto t = failed(d.state.row);
  t.fatal = true;
  d.to_starting().see({t});
  EXPECT_EQ(d.status(), status::failed);
}

TEST(JobMachine, ASuccessOfAnEarlierTryCountsWhateverCameAfterIt) {
  life d(a_job(3));
  d.to_starting().see_running();
  const auto before = completed(d.state.row);
  d.state.row.generation = 1;
  d.tell(looked_again{}).see({a_task(d.state.row, task_phase::waiting, "task2"), before});
  EXPECT_EQ(d.status(), status::succeeded);
}

TEST(JobMachine, AContainerThatTheEngineDidNotStartIsNoTry) {
  life d(a_job());
  auto t = an_ended_task(d.state.row, engine_trouble());
  t.excused = true;
  d.to_starting().see({t});
  EXPECT_EQ(d.status(), status::starting_containers);
  EXPECT_EQ(d.state.row.generation, 1U) << "so that Swarm makes another";
  EXPECT_EQ(d.state.row.crashes.count, 0U);
  d.fire(timer::next_try);
  ASSERT_TRUE(d.wants<converge>());
  EXPECT_TRUE(d.armed(timer::deadline)) << "but not for ever";
  d.see({}).fire(timer::retry).see({}).fire(timer::deadline);
  EXPECT_EQ(d.state.row.error->message, engine_trouble().message);
}

TEST(JobMachine, ARunThatWasCutOffIsATry) {
  for (const bool excused : {false, true}) {
    life d(a_job());
    d.to_starting().see_running();
    auto t = a_task(d.state.row, task_phase::ended);
    t.container = "c1";
    if (excused) {
      t.excused = true;
      t.trouble = make_failure(failure_code::internal, "The node that ran the container was lost.");
      t.started_at = d.now;
    }
    d.tell(looked_again{}).see({t});
    EXPECT_EQ(d.status(), status::failed) << "nobody knows how far it came: it was to be run once";
    EXPECT_EQ(d.state.row.error->code, failure_code::internal);
  }
}

TEST(JobMachine, PastItsDeadlineItIsEndedAndFails) {
  life d(a_job(3, 60));
  d.to_starting().see_running();
  EXPECT_EQ(*d.state.row.due - *d.state.row.running_since, 60s);
  d.fire(timer::deadline);
  ASSERT_TRUE(d.wants<converge>()) << "it may just have ended";
  d.see_running();
  EXPECT_EQ(d.status(), status::running) << "its container still runs";
  ASSERT_TRUE(d.state.row.error) << "what was decided is saved before the first thing is undone";
  EXPECT_EQ(d.state.row.error->code, failure_code::timed_out);
  EXPECT_NE(d.state.row.error->message.find("60 s"), std::string::npos);
  EXPECT_NE(d.state.row.error->hint.find("deadlineSeconds"), std::string::npos);
  EXPECT_FALSE(is_settled(d.state.row));
  ASSERT_TRUE(d.wants<tear_down>());
  d.tell(service_gone{});
  EXPECT_EQ(d.status(), status::failed);
}

TEST(JobMachine, OneThatEndsAtItsDeadlineHasEnded) {
  life d(a_job(0, 60));
  d.to_starting().see_running().fire(timer::deadline).see({completed(d.state.row)});
  EXPECT_EQ(d.status(), status::succeeded);
}

TEST(JobMachine, ALookBegunBeforeTheDeadlineDoesNotDecide) {
  life d(a_job(0, 60));
  d.to_starting().see_running().tell(looked_again{}).fire(timer::deadline).see_running();
  EXPECT_FALSE(d.state.row.error);
  ASSERT_TRUE(d.wants<converge>());
  d.see({completed(d.state.row)});
  EXPECT_EQ(d.status(), status::succeeded);
}

TEST(JobMachine, TheDeadlineAlsoEndsThePauseBetweenTwoTries) {
  life d(a_job(3, 60));
  d.to_starting().see({failed(d.state.row)}).fire(timer::deadline);
  ASSERT_TRUE(d.state.row.error);
  EXPECT_EQ(d.state.row.error->code, failure_code::timed_out);
  d.tell(service_gone{});
  EXPECT_EQ(d.status(), status::failed);
}

TEST(JobMachine, ARestartOfTroupeNeitherLengthensTheDeadlineNorForgetsWhatWasDecided) {
  life d(a_job(0, 60));
  d.to_starting().see_running();
  life again(d.state.row);
  again.now = *d.state.row.due + 1h;
  again.tell(resumed{});
  ASSERT_TRUE(again.wants<converge>());
  ASSERT_TRUE(again.wants<start_timer>());
  EXPECT_EQ(again.wants<start_timer>()->after, duration::zero());
  again.fire(timer::deadline).see_running().see_running();
  ASSERT_TRUE(again.state.row.error);
  life late(again.state.row);
  late.tell(resumed{});
  EXPECT_TRUE(late.wants<tear_down>());
  EXPECT_FALSE(late.wants<converge>());
  late.tell(service_gone{});
  EXPECT_EQ(late.status(), status::failed);
}

TEST(JobMachine, AClockThatIsSetBackDoesNotLengthenTheDeadline) {
  life d(a_job(2, 60));
  d.to_starting().see_running();
  d.now -= 1h;
  d.tell(looked_again{}).see({failed(d.state.row)});
  EXPECT_LE(*d.state.row.due, d.now + 60s);
}

TEST(JobMachine, ARestartOfTroupeBetweenTwoTriesGoesOnWithTheNext) {
  life d(a_job(2));
  d.to_starting().see({failed(d.state.row)});
  life again(d.state.row);
  again.tell(resumed{});
  ASSERT_TRUE(again.wants<converge>());
  EXPECT_EQ(again.wants<converge>()->plan.generation, 1U);
  again.see({failed(d.state.row)}).fire(timer::next_try);
  EXPECT_EQ(again.wants<converge>()->plan.generation, 2U);
  again.see({failed(again.state.row, "task3")});
  EXPECT_EQ(again.status(), status::failed) << "the tries of before count";
}

TEST(JobMachine, CancelEndsWhatRuns) {
  life d(a_job());
  d.to_starting().see_running();
  ASSERT_FALSE(refusal(d.state, {verb::cancel}));
  d.tell(looked_again{}).order(verb::cancel);
  EXPECT_TRUE(refusal(d.state, {verb::cancel})) << "once is enough";
  d.tell(answered_late{});
  ASSERT_TRUE(d.wants<tear_down>()) << "its last look is waited for, and changes nothing";
  d.tell(service_gone{});
  EXPECT_EQ(d.status(), status::cancelled);
}

TEST(JobMachine, DeleteEndsWhatRuns) {
  life d(a_job());
  d.to_starting().see_running().order(verb::remove);
  EXPECT_EQ(d.status(), status::removing);
  d.tell(service_gone{});
  EXPECT_EQ(d.status(), status::removed);
}

TEST(JobMachine, StopStartRestartAndScaleAreRefusedInWords) {
  life d(a_job());
  d.to_starting().see_running();
  for (const auto what : {verb::stop, verb::start, verb::restart, verb::scale}) {
    const auto why = refusal(d.state, {what, 1});
    ASSERT_TRUE(why);
    EXPECT_EQ(why->kind, consequence::conflict);
    EXPECT_NE(why->detail.find("job"), std::string::npos);
  }
}

TEST(JobMachine, WhatIsLeftOfItGoesHoweverOftenTheEngineFails) {
  life d(a_job());
  d.to_starting().see({completed(d.state.row)});
  for (int i = 0; i < 20; ++i) {
    d.tell(effect_failed{{consequence::retry, engine_trouble()}});
    EXPECT_EQ(d.status(), status::succeeded);
    d.fire(timer::retry);
    ASSERT_TRUE(d.wants<tear_down>());
  }
  d.order(verb::remove);
  EXPECT_EQ(d.status(), status::removed);
  EXPECT_TRUE(d.state.active) << "what is left is still on its way out";
  d.tell(service_gone{});
  EXPECT_FALSE(d.state.active);
}

TEST(JobMachine, TakesNobodysPlace) {
  auto serving = a_deployment("bbbbbbbbbbbbbbbb");
  serving.status = status::running;
  life d(a_job());
  d.tell(turn_granted{serving});
  EXPECT_EQ(d.status(), status::failed);
  EXPECT_TRUE(d.effects.empty());
}

TEST(JobMachine, IsLookedAtAgainAMomentAfterItWasToldOf) {
  life d(a_job());
  d.to_starting().see_running();
  EXPECT_FALSE(d.armed(timer::retry));
  d.tell(looked_again{}).see_running();
  EXPECT_TRUE(d.armed(timer::retry)) << "Swarm says it later than Docker's events";
  d.fire(timer::retry).see_running();
  EXPECT_FALSE(d.armed(timer::retry));
}

TEST(JobMachine, WhatWasToldWhileItWasFoundRunningIsLookedAt) {
  life d(a_job());
  d.to_starting().tell(looked_again{}).see_running();
  EXPECT_EQ(d.status(), deployment_status::running);
  EXPECT_TRUE(d.wants<converge>()) << "it may have been its end";
}

// A tiny world in which each try's container ends some day, and Troupe may be killed between any two steps.
class world {
public:
  explicit world(std::uint64_t seed) : random_(seed), d_(a_job(random_() % 3, 100 + random_() % 100)) {}

  void run() {
    d_.to_starting();
    for (int i = 0; i < 400 && !(is_final(d_.status()) && !d_.state.active); ++i) {
      const auto before = d_.state.row;
      one();
      check(before);
      if (::testing::Test::HasFatalFailure()) return;
    }
    ASSERT_TRUE(is_final(d_.status())) << "a job that could end does end";
    ASSERT_LE(starts_, 1 + d_.state.row.spec.job->backoff_limit);
    ASSERT_EQ(d_.status() == status::failed, d_.state.row.error.has_value());
    ASSERT_TRUE(d_.status() != status::succeeded || succeeded_);
  }

private:
  void check(const deployment& before) {
    const auto* row = &d_.state.row;
    ASSERT_TRUE(!is_final(before.status) || before.status == row->status);
    ASSERT_TRUE(!before.error || before.error == row->error);
    const auto alive =
        std::count_if(tasks_.begin(), tasks_.end(), [](auto& t) { return t.phase != task_phase::ended; });
    ASSERT_LE(alive, 1) << "one container at a time";
  }

  void one() {
    switch (random_() % 6) {
      case 0: {  // killed: only the row is left
        life again(d_.state.row);
        again.now = d_.now;
        if (!is_final(again.status())) d_ = again, d_.tell(resumed{});
        return;
      }
      case 1: d_.tell(looked_again{}); return;
      case 2: live(); return;
      case 3: {
        const auto kind = static_cast<timer>(random_() % timer_kinds);
        const bool due = kind != timer::deadline || (d_.state.row.due && d_.now >= *d_.state.row.due);
        if (due && d_.armed(kind)) d_.fire(kind);
        return;
      }
      default: answer(); return;
    }
  }

  // As Swarm does with the restart condition "none".
  void live() {
    if (tasks_.empty() || tasks_.front().phase == task_phase::ended) return;
    auto& t = tasks_.front();
    if (t.phase != task_phase::running) {
      t.phase = task_phase::running;
      return;
    }
    const bool well = random_() % 3 == 0;
    succeeded_ |= well;
    auto row = d_.state.row;
    row.generation = t.generation;
    t = well ? completed(row, t.id) : failed(row, t.id);
  }

  void answer() {
    if (!d_.state.busy) return;
    if (random_() % 4 == 0) {
      d_.tell(effect_failed{{consequence::unavailable, engine_trouble()}});
      return;
    }
    if (is_final(d_.status()) || is_undoing(d_.state.row)) {
      tasks_.clear();
      d_.tell(service_gone{});
      return;
    }
    const auto generation = d_.state.row.generation;
    const bool alive = !tasks_.empty() && tasks_.front().phase != task_phase::ended;
    if (!alive && (tasks_.empty() || tasks_.front().generation != generation)) {
      ASSERT_FALSE(succeeded_) << "no start after a success";
      ++starts_;
      tasks_.insert(tasks_.begin(), a_task(d_.state.row, task_phase::waiting, "t" + std::to_string(starts_)));
    }
    if (random_() % 2 == 0) live();
    d_.see(tasks_);
  }

  std::mt19937_64 random_;
  life d_;
  std::vector<task_observation> tasks_;
  std::uint32_t starts_ = 0;
  bool succeeded_ = false;
};

TEST(JobMachine, RandomWalksEndOnceWithOneContainerAtATime) {
  for (std::uint64_t seed = 1; seed <= 3000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    world(seed).run();
    if (::testing::Test::HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace troupe::model::testing
