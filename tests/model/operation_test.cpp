#include "actors/model/operation.hpp"

#include <gtest/gtest.h>

#include "tests/model/life.hpp"

namespace troupe::model {
namespace {

using s = operation_status;
using testing::a_deployment;
using testing::life;

// A life that keeps its timeline as the database does.
class told_life {
public:
  told_life() { note(timestamp{}, "accepted", {}, {}); }

  told_life& tell(const event& e) {
    one_.now += std::chrono::seconds(1);
    auto d = step(one_.state, e, one_.now, one_.timings);
    const bool told = !d.detail.empty() || d.next.row.status != one_.state.row.status || d.asked || d.ended;
    one_.state = std::move(d.next);
    one_.effects = std::move(d.effects);
    if (d.save && told) note(one_.now, d.detail, d.asked, d.ended);
    return *this;
  }
  // As the answer to it names it.
  deployment_operation order(verb what, std::uint32_t replicas = 0) {
    tell(commanded{{what, replicas}});
    return {row().id, row().revision};
  }
  told_life& fire(timer kind) { return tell(timer_fired{kind, one_.state.armed[static_cast<std::size_t>(kind)]}); }
  told_life& see(std::size_t containers) {
    std::vector<task_observation> tasks;
    for (std::size_t i = 0; i < containers; ++i) {
      tasks.push_back(testing::a_task(row(), task_phase::running, "task" + std::to_string(i)));
      tasks.back().name = "web." + std::to_string(i);
    }
    return tell(service_seen{{applied::nothing, std::move(tasks)}});
  }
  told_life& to_starting() {
    tell(turn_granted{});
    tell(image_resolved{{"docker.io/library/nginx@sha256:1", "sha256:1", 10001, 10001, {}, false, ""}});
    return tell(volumes_made{});
  }
  told_life& to_running() { return to_starting().see(1).fire(timer::stability).see(1); }

  release_progress look(const deployment_operation& which) const { return progress_of(which, row(), timeline_); }
  s status(const deployment_operation& which) const { return look(which).progress.status; }
  deployment_operation first() const { return {row().id, 1}; }
  const deployment& row() const { return one_.state.row; }
  std::vector<transition> timeline_;

private:
  void note(timestamp at, std::string detail, std::optional<verb> asked, std::optional<ending> ended) {
    timeline_.push_back({row().id, row().revision, row().status, at, std::move(detail), 1, at, asked, ended});
  }
  life one_{a_deployment()};
};

TEST(Operation, NamesAreReadAsTheyAreWritten) {
  const operation_id application{"op_aaaaaaaaaaaaaaaa"};
  const deployment_operation release{{"dep_bbbbbbbbbbbbbbbb"}, 17};
  const environment_operation made{{"env_cccccccccccccccc"}, false}, goes{{"env_cccccccccccccccc"}, true};
  const domain_operation domain{{"env_cccccccccccccccc"}, {"dom_dddddddddddddddd"}};
  EXPECT_EQ(text_of(release), "op_bbbbbbbbbbbbbbbb-r17");
  for (const operation_name& name : {operation_name(application), operation_name(release), operation_name(made),
                                     operation_name(goes), operation_name(domain)}) {
    const auto read = parse_operation_name(text_of(name));
    ASSERT_TRUE(read) << text_of(name);
    EXPECT_EQ(*read, name) << text_of(name);
  }
  for (const auto* wrong :
       {"", "op_", "op_aaaa", "dep_aaaaaaaaaaaaaaaa", "op_aaaaaaaaaaaaaaaa-", "op_aaaaaaaaaaaaaaaa-r",
        "op_aaaaaaaaaaaaaaaa-r0", "op_aaaaaaaaaaaaaaaa-r01", "op_aaaaaaaaaaaaaaaa-r-1", "op_aaaaaaaaaaaaaaaa-r1x",
        "op_aaaaaaaaaaaaaaaa-r99999999999999999999", "op_aaaaaaaaaaaaaaaa-x", "op_aaaaaaaaaaaaaaaa-dbbbb",
        "op_aaaaaaaaaaaaaaaa-creates"})
    EXPECT_FALSE(parse_operation_name(wrong)) << wrong;
}

TEST(Operation, OfANewReleaseEndsWhenItRuns) {
  told_life web;
  EXPECT_EQ(web.status(web.first()), s::applying);
  web.to_starting().see(1);
  EXPECT_EQ(web.status(web.first()), s::applying) << "it runs, but not for long enough";
  web.fire(timer::stability).see(1);
  const auto done = web.look(web.first());
  EXPECT_EQ(done.progress.kind, operation_kind::deploy);
  EXPECT_EQ(done.progress.status, s::succeeded);
  EXPECT_EQ(done.first, 0U);
  EXPECT_EQ(web.timeline_[done.last - 1].status, deployment_status::running);
  // What comes later is not of it.
  web.order(verb::stop);
  web.see(0);
  EXPECT_EQ(web.look(web.first()).progress, done.progress);
}

TEST(Operation, OfAReleaseThatFailsTellsWhy) {
  told_life web;
  web.to_starting();
  web.tell(effect_failed{{consequence::rejected, make_failure(failure_code::internal, "No.")}});
  EXPECT_EQ(web.status(web.first()), s::rolling_back);
  EXPECT_EQ(web.look(web.first()).progress.detail, "No.");
  web.tell(service_gone{});
  EXPECT_EQ(web.status(web.first()), s::failed);
  EXPECT_EQ(web.look(web.first()).progress.detail, "No.");
}

TEST(Operation, OfACommandEndsWhenItIsCarriedOut) {
  told_life web;
  web.to_running();
  const auto scaled = web.order(verb::scale, 3);
  EXPECT_EQ(web.look(scaled).progress.kind, operation_kind::scale);
  web.see(1);
  EXPECT_EQ(web.status(scaled), s::applying) << "1 of 3 runs";
  web.see(3);
  EXPECT_EQ(web.status(scaled), s::succeeded);
  EXPECT_EQ(web.look(scaled).progress.detail, "3 containers run");
  const auto stopped = web.order(verb::stop);
  EXPECT_EQ(web.status(stopped), s::applying);
  EXPECT_EQ(web.status(scaled), s::succeeded) << "as it ended";
  web.see(0);
  EXPECT_EQ(web.status(stopped), s::succeeded);
  // Of what is stopped only the number is noted.
  const auto noted = web.order(verb::scale, 2);
  EXPECT_EQ(web.status(noted), s::succeeded);
  EXPECT_EQ(web.look(noted).progress.kind, operation_kind::scale);
}

TEST(Operation, WhatDoesNotComeTrueInTimeHasFailedThoughItGoesOn) {
  told_life web;
  web.to_running();
  const auto scaled = web.order(verb::scale, 3);
  web.see(1).fire(timer::deadline);
  EXPECT_EQ(web.status(scaled), s::failed);
  EXPECT_NE(web.look(scaled).progress.detail.find("not done in time"), std::string::npos);
  web.see(3);
  EXPECT_EQ(web.status(scaled), s::failed) << "it was said";
}

TEST(Operation, ANewerCommandTakesThePlaceOfOneThatIsUnderWay) {
  told_life web;
  web.to_running();
  const auto first = web.order(verb::scale, 3);
  const auto second = web.order(verb::scale, 2);
  EXPECT_EQ(web.status(first), s::superseded);
  EXPECT_EQ(web.status(second), s::applying);
  web.see(2);
  EXPECT_EQ(web.status(first), s::superseded);
  EXPECT_EQ(web.status(second), s::succeeded);
}

TEST(Operation, WhatWasAskedForTwiceIsOneOperation) {
  told_life web;
  web.to_running();
  const auto first = web.order(verb::stop);
  const auto again = web.order(verb::stop);
  EXPECT_EQ(first, again);
  EXPECT_EQ(web.look(again).progress.kind, operation_kind::stop);
  web.see(0);
  EXPECT_EQ(web.status(again), s::succeeded);
}

TEST(Operation, CancellingEndsBoth) {
  told_life web;
  web.to_starting();
  const auto cancelled = web.order(verb::cancel);
  EXPECT_EQ(web.status(web.first()), s::rolling_back);
  EXPECT_EQ(web.status(cancelled), s::applying);
  web.tell(service_gone{});
  EXPECT_EQ(web.status(web.first()), s::cancelled);
  EXPECT_EQ(web.status(cancelled), s::succeeded);
  EXPECT_EQ(web.look(cancelled).progress.kind, operation_kind::cancel);
}

TEST(Operation, RemovingEndsWhenItIsGone) {
  told_life web;
  web.to_running();
  const auto removed = web.order(verb::remove);
  EXPECT_EQ(web.look(removed).progress.kind, operation_kind::remove);
  EXPECT_EQ(web.status(removed), s::applying);
  web.tell(service_gone{});
  EXPECT_EQ(web.status(removed), s::succeeded);
  EXPECT_EQ(web.status(web.first()), s::succeeded);
}

TEST(Operation, OneThatWasOvertakenOrReplacedIsSuperseded) {
  told_life waits;
  waits.tell(superseded{{"dep_zzzzzzzzzzzzzzzz"}});
  EXPECT_EQ(waits.row().status, deployment_status::superseded);
  EXPECT_FALSE(waits.row().running_since);
  EXPECT_EQ(waits.status(waits.first()), s::superseded);
  told_life web;
  web.to_running();
  const auto scaled = web.order(verb::scale, 3);
  web.tell(superseded{{"dep_zzzzzzzzzzzzzzzz"}});
  EXPECT_EQ(web.status(scaled), s::superseded);
  EXPECT_EQ(web.status(web.first()), s::succeeded);
}

TEST(Operation, OfATimelineWithoutMarksIsToldByTheStatus) {
  told_life web;
  web.to_running();
  for (auto& line : web.timeline_) line.asked = {}, line.ended = {};  // kept before there were any
  EXPECT_EQ(web.status(web.first()), s::succeeded);
  EXPECT_EQ(progress_of(web.first(), web.row(), {}).progress.status, s::succeeded) << "nor where there is none";
}

TEST(Operation, OfAnEnvironmentAndADomainFollowTheirStatus) {
  environment e;
  const environment_operation made{{"env_cccccccccccccccc"}, false}, goes{{"env_cccccccccccccccc"}, true};
  EXPECT_EQ(progress_of(made, e).status, s::applying);
  e.status = environment_status::active;
  e.network_id = "net";
  EXPECT_EQ(progress_of(made, e).status, s::succeeded);
  e.status = environment_status::deleting;
  EXPECT_EQ(progress_of(made, e).status, s::succeeded);
  EXPECT_EQ(progress_of(goes, e).status, s::applying);
  e.status = environment_status::deleted;
  EXPECT_EQ(progress_of(goes, e).status, s::succeeded);
  e.network_id.clear();
  EXPECT_EQ(progress_of(made, e).status, s::cancelled) << "it went before it was";
  site d;
  EXPECT_EQ(progress_of(d).status, s::applying);
  d.status = site_status::failed;
  d.detail = "The name does not answer.";
  EXPECT_EQ(progress_of(d).status, s::applying) << "it is tried again";
  EXPECT_EQ(progress_of(d).detail, d.detail);
  d.status = site_status::active;
  EXPECT_EQ(progress_of(d).status, s::succeeded);
}

}  // namespace
}  // namespace troupe::model
