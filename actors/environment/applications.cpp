#include <algorithm>
#include <optional>

#include "actors/environment/state.hpp"
#include "actors/model/application_conflicts.hpp"
#include "actors/model/application_machine.hpp"
#include "actors/standing_releases.hpp"
#include "config/failpoint.hpp"
#include "config/logging.hpp"

namespace troupe::actors::environment {

using model::consequence;

namespace {

using promise = reply<application_view_ptr>;

struct accepted {
  model::application row;
  std::vector<model::deployment> releases;
};

// The newest release of the service that has run: what comes back where its change has to go.
std::optional<deployment_id> way_back(self_ptr self, const std::string& service) {
  const auto& my = self->state;
  const auto living = my.house->board->living(my.row.id, service);
  const auto ran =
      std::find_if(living.rbegin(), living.rend(), [](const auto& v) { return v->row.running_since.has_value(); });
  return ran == living.rend() ? std::nullopt : std::optional((*ran)->row.id);
}

model::application_step step_of(self_ptr self, const model::planned_change& change) {
  const auto& random = self->state.house->random;
  model::application_step step;
  step.action = *change.action;
  step.service = change.service;
  step.after = change.after;
  step.stays = change.spec.job.has_value();
  step.deployment = model::new_id<deployment_id>(random);
  step.job = model::new_id<model::job_id>(random);
  step.undo = model::new_id<deployment_id>(random);
  step.undo_job = model::new_id<model::job_id>(random);
  if (step.action == model::step_action::update && !step.stays) step.before = way_back(self, step.service);
  return step;
}

// One for each of its releases that lives: those that wait, too, or one would come up behind the others.
std::vector<model::application_step> removals_of(self_ptr self, const model::planned_change& change) {
  const auto& my = self->state;
  const auto returns = way_back(self, change.service);
  std::vector<model::application_step> out;
  for (const auto& view : my.house->board->living(my.row.id, change.service)) {
    auto& step = out.emplace_back(step_of(self, change));
    step.deployment = view->row.id;
    step.job = view->row.job;
    step.stays = view->row.spec.job.has_value();
    if (!step.stays && returns == view->row.id) step.before = returns;
  }
  return out;
}

accepted steps_of(self_ptr self, const apply_application& what, const model::application_plan& plan) {
  auto& my = self->state;
  accepted out;
  out.row.id = what.id;
  out.row.environment = my.row.id;
  out.row.owner = my.row.owner;
  out.row.on_failure = what.on_failure;
  out.row.created_at = out.row.updated_at = my.house->now();
  for (const auto& change : plan.changes) {
    if (!change.action) continue;
    if (change.action == model::step_action::remove) {
      for (auto& step : removals_of(self, change)) out.row.steps.push_back(std::move(step));
      continue;
    }
    const auto& step = out.row.steps.emplace_back(step_of(self, change));
    out.releases.push_back(new_release(self, {my.row.owner, my.row.id, step.deployment, step.job, change.spec, {}}));
  }
  if (out.row.steps.empty()) out.row.status = model::apply_status::succeeded;
  return out;
}

// What list_ended_services answered, and what stood when it was asked.
struct ended_and_before {
  std::vector<stored_deployment> rows;
  model::standing_releases board_before;
};

// The steps, their releases and who awaits whom are one transaction: there is the whole of it, or nothing.
void save_all(self_ptr self, const accepted& all, const model::dependencies& awaits, const promise& answer) {
  auto& my = self->state;
  save both;
  for (const auto& row : all.releases) {
    my.being_saved[row.spec.service].insert(row.number);
    both.changes.emplace_back(save_deployment{row, "accepted", {}});
  }
  both.changes.emplace_back(save_application{all.row, awaits});
  config::failpoint("application.before_save");
  save_for_sure(self, my.house->database, my.house->timeouts.database, std::move(both),
                [=](const outcome<model::done>& saved) {
                  config::failpoint("application.after_save");
                  auto& mine = self->state;
                  mine.accepting = false;
                  for (const auto& row : all.releases) saved_now(mine, row);
                  if (saved) {
                    hold_back(self, all.row);
                    for (const auto& row : all.releases)
                      if (!mine.children.contains(row.id)) adopt(self, row, {});
                    if (!model::is_over(all.row.status)) adopt_application(self, all.row);
                    answer.give(std::make_shared<const model::application>(all.row));
                  } else {
                    for (const auto& row : all.releases) mine.claims.let_go(row.id);
                    answer.give(saved.error());
                  }
                  for (const auto& row : all.releases) replan(self, row.spec.service);
                  if (all.releases.empty()) pursue(self);
                });
}

void accept(self_ptr self, const apply_application& what, const ended_and_before& ended, const promise& answer) {
  auto& my = self->state;
  const auto refuse = [&](problem why) {
    my.accepting = false;
    answer.give(std::move(why));
    pursue(self);
  };
  if (auto why = not_active(my)) return refuse(std::move(*why));
  // What is being accepted now is the newest in a moment.
  if (!my.being_saved.empty()) return after(self, model::duration{20}, [=] { accept(self, what, ended, answer); });
  if (!my.volumes_going.empty())
    return refuse({consequence::retry, "A volume of the environment is being deleted.", {}, 2});
  auto plan = model::plan_application(
      what.wanted, standing_in(*my.house->board, my.row.id, ended.rows, ended.board_before), what.prune);
  if (!plan) return refuse(plan.error());
  if (!what.world.empty() && what.world != plan.value().world)
    return refuse(
        {consequence::conflict,
         "The environment is not any more as it was when this was planned, or this is another application: plan "
         "it again.",
         {{"/plan", "is out of date"}},
         0});
  let_go_of_ended(self);
  if (const auto taken = model::claim_conflicts(plan.value(), my.claims); !taken.empty())
    return refuse(model::in_its_way(taken));
  const auto all = steps_of(self, what, plan.value());
  for (const auto& row : all.releases) my.claims.hold(row);
  save_all(self, all, model::dependencies_of(what.wanted), answer);
}

// What stood may have ended by now: jobs are looked for among what is over.
void look_and_accept(self_ptr self, const apply_application& what, const promise& answer) {
  auto& my = self->state;
  my.accepting = true;
  const auto fail = [=](problem why) {
    self->state.accepting = false;
    answer.give(std::move(why));
    pursue(self);
  };
  const auto before = standing_on(*my.house->board, my.row.id);
  self->request(my.house->database, my.house->timeouts.database,
                list_ended_services{my.row.id, {}, model::most_services, true})
      .then(
          [=](const outcome<std::vector<stored_deployment>>& ended) {
            if (!ended) return fail(ended.error());
            know_numbers(
                self,
                [=] {
                  accept(self, what, {ended.value(), before}, answer);
                },
                fail);
          },
          [=](const caf::error&) { fail(silent_database()); });
}

}  // namespace

void apply(self_ptr self, apply_application what, reply<application_view_ptr> answer) {
  auto& my = self->state;
  if (const auto known = my.house->board->find(what.id)) return answer.give(known);
  if (auto why = not_active(my)) return answer.give(std::move(*why));
  // A repeated request whose first answer was lost finds it stored, and perhaps already at its end.
  self->request(my.house->database, my.house->timeouts.database, find_application{what.id, my.row.owner})
      .then(
          [=](const outcome<application_view_ptr>& found) {
            auto& mine = self->state;
            if (found || found.error().kind != consequence::not_found) {
              answer.give(found);
              // Saved after all, by one before this actor: its rows are taken up anew.
              if (found && !model::is_over(found.value()->status) && !mine.applications.contains(what.id) &&
                  !mine.accepting)
                self->quit(caf::sec::runtime_error);
              return;
            }
            if (const auto known = mine.applications.find(what.id); known != mine.applications.end())
              return answer.give(known->second.row);
            if (mine.accepting)
              return answer.give(problem{consequence::retry, "Another application is being accepted.", {}, 1});
            if (!mine.applications.empty())
              return answer.give(
                  problem{consequence::conflict, model::told_under_way(mine.applications.begin()->first), {}, 0});
            look_and_accept(self, what, answer);
          },
          [=](const caf::error&) { answer.give(silent_database()); });
}

void cancel(self_ptr self, const cancel_application& what, reply<application_view_ptr> answer) {
  auto& my = self->state;
  const auto found = my.applications.find(what.id);
  if (found == my.applications.end()) return answer.give(nothing_left_to_cancel());
  const auto silent = [=] {
    answer.give(problem{consequence::unavailable, "The application did not answer; try again.", {}, 1});
  };
  if (!found->second.actor) return silent();
  self->request(found->second.actor, my.house->timeouts.database, what)
      .then([=](const outcome<application_view_ptr>& done) { answer.give(done); },
            [=](const caf::error&) { silent(); });
}

void hold_back(self_ptr self, const model::application& row) {
  self->state.held.merge(model::held_by(row));
}

void adopt_application(self_ptr self, const model::application& row) {
  auto& my = self->state;
  auto& one = my.applications[row.id];
  one.row = std::make_shared<const model::application>(row);
  one.releases = model::releases_of(row);
  one.actor = spawn_application(self, my.house, caf::actor_cast<release_owner>(self), row);
}

void application_changed(self_ptr self, const application_view_ptr& row) {
  auto& my = self->state;
  const auto found = my.applications.find(row->id);
  if (found == my.applications.end()) return;
  auto& one = found->second;
  const auto held = model::held_by(*row);
  std::set<std::string> begin;
  for (const auto& step : one.row->steps)
    if (my.held.contains(step.deployment) && !held.contains(step.deployment)) {
      my.held.erase(step.deployment);
      begin.insert(step.service);
    }
  one.row = row;
  one.releases = model::releases_of(*row);
  for (const auto& service : begin) replan(self, service);
}

void tell_applications(self_ptr self, const deployment_id& changed) {
  for (const auto& [id, one] : self->state.applications)
    if (one.actor && one.releases.contains(changed)) self->send(one.actor, release_changed{changed});
}

namespace {

void restart_application(self_ptr self, const operation_id& id) {
  auto& my = self->state;
  const auto again = [=] { after(self, model::duration{1'000}, [=] { restart_application(self, id); }); };
  self->request(my.house->database, my.house->timeouts.database, find_application{id})
      .then(
          [=](const outcome<application_view_ptr>& found) {
            if (!found) return again();
            application_changed(self, found.value());
            if (model::is_over(found.value()->status)) {
              self->state.applications.erase(id);
              return pursue(self);
            }
            adopt_application(self, *found.value());
            pursue(self);
          },
          [=](const caf::error&) { again(); });
}

}  // namespace

// Past its budget it is tried again all the same, with a pause: its releases would wait for ever.
bool application_ended(self_ptr self, const caf::exit_msg& e) {
  auto& my = self->state;
  const auto it = std::find_if(my.applications.begin(), my.applications.end(), [&](const auto& one) {
    return one.second.actor && one.second.actor.address() == e.source;
  });
  if (it == my.applications.end()) return false;
  const auto id = it->first;
  if (e.reason == caf::exit_reason::user_shutdown) {
    my.applications.erase(it);
    pursue(self);
    return true;
  }
  it->second.actor = nullptr;
  it->second.last_error = self->system().render(e.reason);
  log::error("application actor died", {{"operationId", id.text}, {"detail", it->second.last_error}});
  const auto delay = it->second.budget.spend(monotonic(*self)).value_or(model::duration{60'000});
  after(self, delay, [=] { restart_application(self, id); });
  return true;
}

void end_applications(self_ptr self) {
  for (const auto& [id, one] : self->state.applications)
    if (one.actor) self->send(one.actor, environment_leaves{});
}

}  // namespace troupe::actors::environment
