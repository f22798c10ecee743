#include <algorithm>

#include "actors/environment/state.hpp"
#include "actors/model/application_conflicts.hpp"
#include "actors/model/release_changes.hpp"
#include "actors/model/service_change.hpp"
#include "actors/standing_releases.hpp"
#include "config/failpoint.hpp"

namespace troupe::actors::environment {

using model::consequence;
using model::environment_status;
using model::problem;

namespace {

outcome<deployment_view_ptr> refuse(consequence kind, std::string why) {
  return problem{kind, std::move(why), {}, 0};
}

// A repeated request whose first answer was lost finds its deployment stored, and perhaps already at its end.
void answer_from_row(self_ptr self, const deployment_id& id, const problem& otherwise, deployment_promise answer) {
  const auto refuse_after_all = [=](const caf::error&) { answer.give(otherwise); };
  self->request(self->state.house->database, self->state.house->timeouts.database, find_deployment{id})
      .then(
          [=](const outcome<stored_deployment>& stored) {
            if (!stored || stored.value().row.owner != self->state.row.owner) return answer.give(otherwise);
            auto view = std::make_shared<deployment_view>();
            view->row = stored.value().row;
            view->containers = stored.value().containers;
            answer.give(deployment_view_ptr(std::move(view)));
          },
          refuse_after_all);
}

// The newest release of the service that lives.
deployment_view_ptr newest_of(self_ptr self, const std::string& service) {
  const auto& my = self->state;
  const auto living = my.house->board->living(my.row.id, service);
  return living.empty() ? nullptr : living.back();
}

// What a change of the service builds on, as change_service says; null: no release of it stands.
deployment_view_ptr standing_of(self_ptr self, const std::string& service) {
  return newest_standing(self->state.house->board->living(self->state.row.id, service));
}

// A job and a service are not each other's releases. Nothing where the newest that lives is of the same kind.
std::optional<problem> wrong_kind(self_ptr self, const model::release_spec& spec) {
  const auto before = newest_of(self, spec.service);
  if (!before || before->row.spec.job.has_value() == spec.job.has_value()) return std::nullopt;
  return problem{consequence::conflict,
                 spec.job ? "\"" + spec.service +
                                "\" is a service: give the job another name, or delete the service's "
                                "deployment first."
                          : "\"" + spec.service +
                                "\" is a job under way: wait for its end, or give the service another "
                                "name.",
                 {},
                 0};
}

auto no_answer_from_database(const deployment_promise& answer) {
  return [answer](const caf::error&) mutable { answer.give(silent_database()); };
}

}  // namespace

problem silent_database() {
  return {consequence::unavailable, "The database did not answer.", {}, 2};
}

std::optional<problem> not_active(const state& my) {
  if (my.row.status == environment_status::active) return std::nullopt;
  return problem{consequence::conflict,
                 "The environment is " + std::string(model::environment_status_texts[my.row.status]) + ".",
                 {},
                 0};
}

void saved_now(state& my, const model::deployment& row) {
  const auto coming = my.being_saved.find(row.spec.service);
  coming->second.erase(row.number);
  if (coming->second.empty()) my.being_saved.erase(coming);
}

// The wall clock alone does not tell the newest number: it may have been set back since.
void know_numbers(self_ptr self, const std::function<void()>& then, const std::function<void(problem)>& fail) {
  auto& my = self->state;
  if (my.numbers_known) return then();
  list_deployments newest{my.row.owner, my.row.id, {}, 1};
  self->request(my.house->database, my.house->timeouts.database, newest)
      .then(
          [=](const outcome<std::vector<stored_deployment>>& last) {
            if (!last) return fail(last.error());
            auto& mine = self->state;
            if (!last.value().empty()) mine.last_number = std::max(mine.last_number, last.value().front().row.number);
            mine.numbers_known = true;
            then();
          },
          [=](const caf::error&) { fail(silent_database()); });
}

void let_go_of_ended(self_ptr self) {
  auto& my = self->state;
  for (const auto& [id, c] : my.children)
    if (const auto view = my.house->board->find(id); model::is_final(view ? view->row.status : c.brief.status))
      my.claims.let_go(id);
}

model::deployment new_release(self_ptr self, const create_deployment& what) {
  auto& my = self->state;
  model::deployment row;
  row.id = what.id;
  row.job = what.job;
  row.environment = my.row.id;
  row.owner = my.row.owner;
  row.spec = what.spec;
  row.wanted = what.wanted;
  row.rollback_of = what.rollback_of;
  row.created_at = row.updated_at = my.house->now();
  row.number = my.last_number =
      std::max(my.last_number + 1, static_cast<std::uint64_t>(row.created_at.time_since_epoch().count()));
  if (const auto before = newest_of(self, row.spec.service); before)
    row.warnings = model::dropped_since(before->row.spec, row.spec);
  return row;
}

void create_release(self_ptr self, create_deployment what, deployment_promise answer) {
  auto& my = self->state;
  if (const auto known = my.house->board->find(what.id)) return answer.give(known);
  if (auto why = not_active(my)) return answer.give(std::move(*why));
  if (my.children.pending() >= my.house->queued_releases + my.held.size())
    return answer.give(problem{consequence::retry, model::told_queue_full, {}, 10});
  if (!my.numbers_known)
    return know_numbers(
        self, [=] { create_release(self, what, answer); }, [=](problem why) { answer.give(std::move(why)); });
  if (!my.volumes_going.empty())
    return answer.give(problem{consequence::retry, "A volume of the environment is being deleted.", {}, 2});
  if (auto why = wrong_kind(self, what.spec)) return answer.give(std::move(*why));
  if (!my.claims.conflicts(what.spec).empty()) {
    let_go_of_ended(self);
    if (auto taken = my.claims.conflicts(what.spec); !taken.empty())
      return answer.give(model::taken_by_others(std::move(taken)));
  }
  const auto row = new_release(self, what);
  my.being_saved[row.spec.service].insert(row.number);
  my.claims.hold(row);
  config::failpoint("deployment.before_save");
  save_for_sure(self, my.house->database, my.house->timeouts.database, save{{save_deployment{row, "accepted", {}}}},
                [=](const outcome<model::done>& saved) {
                  config::failpoint("deployment.after_save");
                  saved_now(self->state, row);
                  if (saved && !self->state.children.contains(row.id)) adopt(self, row, {});
                  if (!saved && !self->state.children.contains(row.id)) self->state.claims.let_go(row.id);
                  if (saved)
                    answer.give(self->state.house->board->find(row.id));
                  else
                    answer_from_row(self, row.id, saved.error(), answer);
                  replan(self, row.spec.service);
                });
}

namespace {

// `from`: null where none stands any more.
void change_from(self_ptr self, const change_service& what, const model::deployment* from, deployment_promise answer) {
  auto spec = model::next_spec(from, what.if_number, what.change);
  if (!spec) return answer.give(spec.error());
  create_release(self, {what.owner, self->state.row.id, what.id, what.job, std::move(spec.value()), {}}, answer);
}

void change_ended(self_ptr self, const change_service& what, const outcome<std::vector<stored_deployment>>& newest,
                  deployment_promise answer) {
  if (!newest) return answer.give(newest.error());
  const auto& found = newest.value();
  if (found.empty()) return answer.give(refuse(consequence::not_found, "There is no such service."));
  const auto& row = found.front().row;
  change_from(self, what, model::came_to_its_end(row.status) ? &row : nullptr, answer);
}

}  // namespace

void change(self_ptr self, change_service what, deployment_promise answer) {
  auto& my = self->state;
  if (const auto known = my.house->board->find(what.id)) return answer.give(known);
  if (!my.numbers_known)
    return know_numbers(
        self, [=] { change(self, what, answer); }, [=](problem why) { answer.give(std::move(why)); });
  // One that is being accepted now is the newest in a moment.
  if (my.being_saved.contains(what.service))
    return after(self, model::duration{20}, [=] { change(self, what, answer); });
  if (const auto from = standing_of(self, what.service)) return change_from(self, what, &from->row, answer);
  list_deployments newest{my.row.owner, my.row.id, {}, 1, what.service};
  self->request(my.house->database, my.house->timeouts.database, newest)
      .then([=](const outcome<std::vector<stored_deployment>>& found) { change_ended(self, what, found, answer); },
            no_answer_from_database(answer));
}

namespace {

// Repeats what `target` ran: the very image, by digest where its registry gave one, and the configuration.
void repeat_release(self_ptr self, const rollback_deployment& what, const outcome<stored_deployment>& target,
                    deployment_promise answer) {
  if (!target || target.value().row.environment != self->state.row.id)
    return answer.give(target || target.error().kind == consequence::not_found
                           ? refuse(consequence::conflict, "There is no earlier release that has run to roll back to.")
                           : outcome<deployment_view_ptr>(target.error()));
  const auto& row = target.value().row;
  if (row.spec.job)
    return answer.give(refuse(consequence::conflict,
                              "It is a job, which leaves nothing to go back to: change it with PATCH /services/:id, or "
                              "deploy it again."));
  const bool removed = row.status == model::deployment_status::removed;
  if (!row.running_since || (removed && !(what.restores && row.id == what.deployment)))
    return answer.give(refuse(consequence::conflict, "That release has never run, or was removed."));
  if (const auto newer = standing_of(self, row.spec.service);
      what.restores && newer && newer->row.id != what.id && newer->row.id != what.deployment)
    return answer.give(overtaken());
  create_deployment again{what.owner, self->state.row.id, what.id, what.job, row.spec, row.id};
  if (what.restores && (what.stopped || row.wanted == model::intent::stop)) again.wanted = model::intent::stop;
  if (row.image && row.image->pinned.find('@') != std::string::npos) again.spec.image.digest = row.image->digest;
  create_release(self, std::move(again), answer);
}

}  // namespace

void roll_back(self_ptr self, const rollback_deployment& what, deployment_promise answer) {
  auto& my = self->state;
  const auto timeout = my.house->timeouts.database;
  const auto lost = no_answer_from_database(answer);
  const auto go = [=](const outcome<stored_deployment>& target) { repeat_release(self, what, target, answer); };
  if (what.to) {
    self->request(my.house->database, timeout, find_deployment{*what.to}).then(go, lost);
    return;
  }
  // Without `to`: a release that is past goes back to itself, the one that is now (or failed) to its predecessor.
  self->request(my.house->database, timeout, find_deployment{what.deployment})
      .then(
          [=](const outcome<stored_deployment>& from) {
            if (!from || from.value().row.spec.job || from.value().row.status == model::deployment_status::superseded)
              return go(from);
            const auto& row = from.value().row;
            self->request(self->state.house->database, timeout,
                          find_predecessor{row.environment, row.spec.service, row.number})
                .then(go, lost);
          },
          lost);
}

namespace {

void forward(self_ptr self, const deployment_actor& to, const command_deployment& what, deployment_promise answer) {
  self->request(to, self->state.house->timeouts.database, what)
      .then([=](const outcome<deployment_view_ptr>& done) { answer.give(done); },
            [=](const caf::error&) {
              answer.give(problem{consequence::unavailable, "The deployment did not answer; try again.", {}, 1});
            });
}

// A final release has no actor: one is made from its row for the command's sake, and leaves when it is done.
void command_from_row(self_ptr self, command_deployment what, deployment_promise answer) {
  auto& my = self->state;
  self->request(my.house->database, my.house->timeouts.database, find_deployment{what.deployment})
      .then(
          [=](const outcome<stored_deployment>& found) mutable {
            if (!found) return answer.give(found.error());
            auto& mine = self->state;
            if (!mine.children.contains(what.deployment)) adopt(self, found.value().row, {});
            forward(self, mine.children.at(what.deployment).actor, what, answer);
          },
          no_answer_from_database(answer));
}

}  // namespace

void command(self_ptr self, const command_deployment& what, const deployment_promise& answer) {
  const auto* c = self->state.children.find(what.deployment);
  if (!c) return command_from_row(self, what, answer);
  if (!c->actor)
    return answer.give(problem{consequence::unavailable, "The deployment is being started again; try again.", {}, 1});
  forward(self, c->actor, what, answer);
}

}  // namespace troupe::actors::environment
