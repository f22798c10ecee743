// Random applications to their end in a small world: what was planned is what comes about, step by step, and nothing
// else is touched.
#include <random>

#include <gtest/gtest.h>

#include "actors/model/application_machine.hpp"
#include "actors/model/application_plan.hpp"
#include "tests/model/life.hpp"

namespace troupe::model {
namespace {

using testing::a_deployment;

constexpr const char* names[] = {"api", "cache", "db", "migrate", "mail", "old", "web", "worker"};

bool is_job(const std::string& name) {
  return name == "migrate";
}

// An environment's releases, each with what becomes of it, and an application that is applied to them.
class walk {
public:
  walk(unsigned seed, bool may_fail) : random_(seed), may_fail_(may_fail) {}

  void run() {
    make_world();
    const auto before = standing();
    const auto wanted = make_wanted();
    for (const auto& one : wanted) awaits_[one.spec.service] = one.after;
    const bool prune = happens(2);
    const auto planned = plan_application(wanted, before, prune);
    ASSERT_TRUE(planned) << planned.error().detail;
    plan_ = planned.value();
    begin(plan_);
    const auto untouched = untouched_by(plan_, before);
    for (int turns = 0; !is_over(row_.status); ++turns) {
      ASSERT_LT(turns, 2'000) << "it never ends";
      decide();
      if (::testing::Test::HasFailure()) return;
      move();
    }
    for (const auto& [id, release] : untouched) EXPECT_EQ(releases_.at(id), release) << release.spec.service;
    if (failed_)
      ended_badly(before);
    else
      ended_well(wanted, before, prune);
  }

private:
  bool happens(unsigned one_in) { return random_() % one_in == 0; }

  deployment& add(const release_spec& spec, deployment_status status) {
    auto row = a_deployment();
    row.id = {"dep_" + std::to_string(++last_)};
    row.number = last_;
    row.spec = spec;
    row.status = status;
    if (status == deployment_status::running) row.running_since = timestamp{};
    return releases_[row.id] = std::move(row);
  }

  static release_spec spec_of(const std::string& name, unsigned version) {
    auto spec = a_deployment().spec;
    spec.service = name;
    spec.image.tag = std::to_string(version);
    if (is_job(name)) spec.job.emplace();
    return spec;
  }

  void make_world() {
    for (const std::string name : names) {
      if (happens(3)) continue;
      const auto status = is_job(name) ? deployment_status::succeeded
                          : happens(5) ? deployment_status::stopped
                                       : deployment_status::running;
      add(spec_of(name, random_() % 2), status);
    }
  }

  // The newest of each service that is there.
  standing_releases standing() const {
    standing_releases out;
    for (const auto& [id, row] : releases_) {
      if (is_final(row.status) && row.status != deployment_status::succeeded) continue;
      const auto there = out.find(row.spec.service);
      if (there == out.end() || there->second.number < row.number) out[row.spec.service] = row;
    }
    return out;
  }

  std::vector<wanted_service> make_wanted() {
    std::vector<wanted_service> out;
    for (const std::string name : names) {
      if (happens(4)) continue;
      wanted_service one{spec_of(name, random_() % 2), {}, {}};
      for (const auto& other : out)
        if (happens(3))
          one.after.push_back(
              {other.spec.service, is_job(other.spec.service) ? awaited_state::completed : awaited_state::healthy});
      out.push_back(std::move(one));
    }
    std::shuffle(out.begin(), out.end(), random_);
    return out;
  }

  // A step and a release for each change, as the environment makes them.
  void begin(const application_plan& plan) {
    row_.on_failure = happens(3) ? failure_policy::keep : failure_policy::rollback;
    for (const auto& change : plan.changes) {
      if (!change.action) continue;
      application_step step;
      step.action = *change.action;
      step.service = change.service;
      step.after = change.after;
      if (step.action == step_action::remove) {
        step.deployment = change.standing->id;
      } else {
        step.stays = change.spec.job.has_value();
        if (step.action == step_action::update && !step.stays) step.before = change.standing->id;
        step.deployment = add(change.spec, deployment_status::pending).id;
        step.undo = {"dep_undo_" + change.service};
        waiting_.insert(step.deployment);
      }
      row_.steps.push_back(std::move(step));
    }
    if (row_.steps.empty()) row_.status = apply_status::succeeded;
  }

  std::map<deployment_id, deployment> untouched_by(const application_plan& plan,
                                                   const standing_releases& before) const {
    std::map<deployment_id, deployment> out;
    for (const auto& [name, row] : before) out.emplace(row.id, row);
    for (const auto& change : plan.changes)
      if (change.action && change.standing) out.erase(change.standing->id);
    return out;
  }

  release_facts facts() const {
    release_facts out;
    for (const auto& id : releases_of(row_))
      if (const auto found = releases_.find(id); found != releases_.end())
        out[id] = {true, found->second.status, found->second.running_since.has_value(), "It exited with 1."};
      else
        out[id] = {};
    return out;
  }

  // All that it awaits as the file says it, through what stays as it is, too.
  std::set<std::string> behind(const std::string& service) const {
    std::set<std::string> out;
    const auto said = awaits_.find(service);
    if (said == awaits_.end()) return out;
    for (const auto& other : said->second) {
      out.insert(other.service);
      out.merge(behind(other.service));
    }
    return out;
  }

  bool is_done(const std::string& service) const {
    for (const auto& step : row_.steps)
      if (step.service == service) return step.status == step_status::done;
    return true;
  }

  void decide() {
    const auto decided = advance(row_, facts(), {});
    row_ = decided.next;
    const auto held = held_by(row_);
    for (const auto& step : row_.steps) {
      if (!waiting_.contains(step.deployment) || held.contains(step.deployment)) continue;
      waiting_.erase(step.deployment);
      if (step.status != step_status::in_progress) continue;
      for (const auto& first : behind(step.service)) EXPECT_TRUE(is_done(first)) << step.service << " before " << first;
    }
    for (const auto& effect : decided.effects) std::visit([this](const auto& e) { perform(e); }, effect);
  }

  void perform(const cancel_release& e) {
    auto& row = releases_.at(e.deployment);
    if (is_final(row.status)) return;
    // It may be too late.
    if (!waiting_.contains(e.deployment) && happens(4)) return;
    row.status = deployment_status::cancelled;
  }
  void perform(const remove_release& e) {
    for (const auto& step : row_.steps)
      if (row_.status == apply_status::applying && step.action != step_action::remove) {
        EXPECT_EQ(step.status, step_status::done) << "what goes goes last";
      }
    auto& row = releases_.at(e.deployment);
    if (!is_final(row.status)) row.status = deployment_status::removing;
  }
  void perform(const go_back& e) {
    if (releases_.contains(e.as)) return;
    auto again = releases_.at(e.to);
    again.id = e.as;
    again.number = ++last_;
    again.status = deployment_status::pending;
    again.running_since.reset();
    releases_[e.as] = std::move(again);
  }

  // One release goes on.
  void move() {
    std::vector<deployment*> going;
    for (auto& [id, row] : releases_)
      if (!waiting_.contains(id) &&
          (is_in_flight(row.status) || row.status == deployment_status::pending ||
           row.status == deployment_status::removing || (row.status == deployment_status::running && row.spec.job)))
        going.push_back(&row);
    if (going.empty()) return;
    auto& row = *going[random_() % going.size()];
    switch (row.status) {
      case deployment_status::pending: row.status = deployment_status::pulling_image; return;
      case deployment_status::pulling_image: row.status = deployment_status::creating_volumes; return;
      case deployment_status::creating_volumes: row.status = deployment_status::starting_containers; return;
      case deployment_status::removing: row.status = deployment_status::removed; return;
      case deployment_status::running: row.status = deployment_status::succeeded; return;
      default: break;
    }
    const bool way_back = row.id.text.starts_with("dep_undo_");
    if (may_fail_ && !way_back && happens(4)) {
      failed_ = true;
      row.status = deployment_status::failed;
      return;
    }
    row.status = deployment_status::running;
    row.running_since = timestamp{};
    for (auto& [id, other] : releases_)
      if (other.spec.service == row.spec.service && other.number < row.number && !other.spec.job &&
          (other.status == deployment_status::running || other.status == deployment_status::stopped))
        other.status = deployment_status::superseded;
  }

  static std::map<std::string, std::string> tags(const standing_releases& of) {
    std::map<std::string, std::string> out;
    for (const auto& [name, row] : of) out[name] = row.spec.image.tag;
    return out;
  }

  void ended_well(const std::vector<wanted_service>& wanted, const standing_releases& before, bool prune) const {
    EXPECT_EQ(row_.status, apply_status::succeeded);
    for (const auto& step : row_.steps) EXPECT_EQ(step.status, step_status::done) << step.service;
    // As the plan's words have it, and as whoever wanted it has.
    auto as_planned = tags(before), as_wanted = prune ? std::map<std::string, std::string>{} : tags(before);
    for (const auto& change : plan_.changes)
      if (change.action == step_action::remove)
        as_planned.erase(change.service);
      else
        as_planned[change.service] = change.spec.image.tag;
    for (const auto& one : wanted) as_wanted[one.spec.service] = one.spec.image.tag;
    if (prune && before.contains("migrate")) as_wanted.emplace("migrate", before.at("migrate").spec.image.tag);
    EXPECT_EQ(tags(standing()), as_planned);
    EXPECT_EQ(tags(standing()), as_wanted) << "a job that is over is there as long as it is known";
    const auto again = plan_application(wanted, standing(), prune);
    for (const auto& change : again.value().changes) EXPECT_FALSE(change.action) << change.service;
  }

  void ended_badly(const standing_releases& before) const {
    if (row_.on_failure == failure_policy::keep) {
      EXPECT_EQ(row_.status, apply_status::failed);
      for (const auto& step : row_.steps)
        if (step.action == step_action::remove) {
          EXPECT_EQ(step.status, step_status::cancelled);
        }
      return;
    }
    EXPECT_EQ(row_.status, apply_status::rolled_back);
    auto then = tags(before), now = tags(standing());
    then.erase("migrate");
    now.erase("migrate");
    EXPECT_EQ(now, then) << "what a job has done is done; all else is as it was";
  }

  std::mt19937 random_;
  bool may_fail_;
  bool failed_ = false;
  std::uint64_t last_ = 0;
  std::map<deployment_id, deployment> releases_;
  std::set<deployment_id> waiting_;  // that have not begun
  application row_;
  application_plan plan_;
  dependencies awaits_;
};

void walk_all(bool may_fail) {
  for (unsigned seed = 1; seed <= 2'000; ++seed) {
    walk(seed, may_fail).run();
    if (::testing::Test::HasFailure()) {
      ADD_FAILURE() << "seed " << seed;
      return;
    }
  }
}

TEST(ApplicationWalk, WhatIsPlannedComesAboutInItsOrderAndNothingElse) {
  walk_all(false);
}

TEST(ApplicationWalk, WhereOneFailsAllIsAsItWas) {
  walk_all(true);
}

}  // namespace
}  // namespace troupe::model
