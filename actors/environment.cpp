#include "actors/environment.hpp"

#include <algorithm>
#include <set>
#include <unordered_map>

#include "actors/model/object_names.hpp"
#include "actors/model/release_changes.hpp"
#include "actors/model/restart_budget.hpp"
#include "actors/model/volume_claims.hpp"
#include "actors/model/volume_use.hpp"
#include "config/failpoint.hpp"
#include "config/logging.hpp"

namespace troupe::actors {

using model::consequence;
using model::environment_status;
using model::problem;

struct child {
  deployment_actor actor;  // none while it waits for its restart, or is quarantined
  model::release_brief brief;
  bool told_active = false;
  bool granted = false;
  bool quiet = true;
  bool answered = false;              // by Docker, since the actor's start
  bool leaving = false;               // told to remove itself, with its environment
  std::shared_ptr<void> quarantined;  // held while it stays down for good
  model::restart_budget budget;
  std::string last_error;
};

struct environment_data {
  static inline const char* name = "environment";

  house_ptr house;
  model::environment row;
  std::map<deployment_id, child> children;
  model::volume_claims volumes;
  std::set<std::string> volumes_going;  // that the engine is deleting
  std::map<std::string, std::uint64_t> fingerprints;
  std::uint64_t last_number = 0;
  bool numbers_known = false;  // last_number covers the releases that have ended, too
  bool network_known = false;
  bool site_released = false;  // its public domain, if it had one
  bool volumes_gone = false;
  bool busy = false;  // an effect or a save is under way, and pursue() is called when it ends
  std::map<std::uint64_t, std::string>
      being_saved;  // number and service of releases that are accepted but not yet children
  backoff pause;
  std::optional<reply<environment_view_ptr>> creator;
  bool asleep = false;
  std::optional<reply<model::done>> waker;
  activity seen;
};

namespace {

using self_ptr = environment_actor::stateful_pointer<environment_data>;

void pursue(self_ptr self);
void replan(self_ptr self);

environment_view_ptr publish(self_ptr self) {
  auto& my = self->state;
  auto view = std::make_shared<environment_view>();
  view->row = my.row;
  std::set<std::string> volumes;
  for (const auto& [id, c] : my.children) {
    deployment_brief brief{id, c.brief.service, {}, c.brief.status};
    if (const auto shown = my.house->board->find(id)) {
      brief.image = shown->row.spec.image.text();
      for (const auto& v : model::mounts_of(shown->row.spec, shown->row.image)) volumes.insert(v.name);
    }
    view->deployments.push_back(std::move(brief));
  }
  view->volumes.assign(volumes.begin(), volumes.end());
  view->sites = my.house->board->find_sites(my.row.id);
  my.house->board->publish(view);
  if (view->sites) self->send(my.house->edge, environment_touched{my.row.id});
  return view;
}

outcome<deployment_view_ptr> refuse(consequence kind, std::string why) {
  return problem{kind, std::move(why), {}, 0};
}

// ---- children ------------------------------------------------------------------------------------------------------

void spawn_child(self_ptr self, child& c, model::deployment row, std::optional<model::deployment> former) {
  auto& my = self->state;
  c.brief = {row.id, row.number, row.spec.service, row.status};
  c.told_active = c.granted = false;
  c.quiet = true;
  c.answered = false;
  c.actor =
      spawn_deployment(self, my.house, caf::actor_cast<deployment_listener>(self), std::move(row), std::move(former));
}

void hold_volumes(self_ptr self, const model::deployment& row) {
  self->state.volumes.hold(row.id, row.spec.service, model::mounts_of(row.spec, row.image));
}

void forget_child(self_ptr self, std::map<deployment_id, child>::iterator it) {
  self->state.volumes.let_go(it->first);
  self->state.children.erase(it);
}

child& adopt(self_ptr self, model::deployment row, std::optional<model::deployment> former) {
  auto& my = self->state;
  my.last_number = std::max(my.last_number, row.number);
  hold_volumes(self, row);
  auto& c = my.children[row.id];
  spawn_child(self, c, std::move(row), std::move(former));
  return c;
}

// A release under way goes back to the one that served, if that one still stands.
std::optional<model::deployment> former_of(const model::deployment& row, const std::vector<model::deployment>& living) {
  if (!row.former) return std::nullopt;
  const auto it = std::find_if(living.begin(), living.end(),
                               [&](const auto& d) { return d.id == *row.former && model::is_current(d.status); });
  return it == living.end() ? std::nullopt : std::optional(*it);
}

void restart_child(self_ptr self, const deployment_id& id) {
  auto& my = self->state;
  self->request(my.house->database, my.house->timeouts.database, load_environment{my.row.id})
      .then(
          [=](const outcome<living_rows>& rows) {
            auto& mine = self->state;
            const auto it = mine.children.find(id);
            if (it == mine.children.end() || it->second.actor) return;
            if (!rows) return after(self, model::duration{1'000}, [=] { restart_child(self, id); });
            const auto& living = rows.value().deployments;
            const auto row = std::find_if(living.begin(), living.end(), [&](const auto& d) { return d.id == id; });
            if (row == living.end())
              forget_child(self, it);
            else
              spawn_child(self, it->second, *row, former_of(*row, living));
            replan(self);
          },
          [=](const caf::error&) { after(self, model::duration{1'000}, [=] { restart_child(self, id); }); });
}

// One for one: its siblings live on.
void child_ended(self_ptr self, const caf::exit_msg& e) {
  auto& my = self->state;
  const auto it = std::find_if(my.children.begin(), my.children.end(), [&](const auto& entry) {
    return entry.second.actor && entry.second.actor.address() == e.source;
  });
  if (it == my.children.end()) {
    self->quit(e.reason);  // not a child: the tree is coming down
    return;
  }
  auto& c = it->second;
  c.actor = nullptr;
  if (e.reason == caf::exit_reason::user_shutdown) {
    forget_child(self, it);
    replan(self);
    return;
  }
  c.last_error = self->system().render(e.reason);
  const auto delay = c.budget.spend(monotonic(*self));
  log::error("deployment actor died", {{"deploymentId", it->first.text},
                                       {"environmentId", my.row.id.text},
                                       {"detail", c.last_error},
                                       {"quarantined", !delay}});
  if (delay)
    my.house->board->note_restart(board::kind::deployment);
  else
    c.quarantined = quarantine(my.house->board, board::kind::deployment);
  if (delay) after(self, *delay, [self, id = it->first] { restart_child(self, id); });
}

// ---- turns ---------------------------------------------------------------------------------------------------------

void tell_active(self_ptr self, child& c, bool active) {
  if (c.told_active == active) return;
  c.told_active = active;
  if (!active) c.quiet = false;  // until it says so
  self->send(c.actor, nudge{active ? model::event{model::resumed{}} : model::event{model::yielded{}}});
}

void grant(self_ptr self, const model::turn& t) {
  auto& my = self->state;
  auto& next = my.children.at(t.next);
  if (next.granted || !next.actor) return;
  // One accepted before it, whose row takes longer to be saved, goes first: else it would be out of date once it ran.
  for (const auto& [number, service] : my.being_saved)
    if (service == next.brief.service && number < next.brief.number) return;
  std::optional<model::deployment> former;
  if (t.former) {
    auto& serving = my.children.at(*t.former);
    if (!serving.actor) return;
    tell_active(self, serving, false);
    if (!serving.quiet) return;
    if (const auto view = my.house->board->find(*t.former)) former = view->row;
  }
  next.granted = next.told_active = true;
  // As it will soon say itself: nobody else gets the turn meanwhile.
  next.brief.status = model::deployment_status::pulling_image;
  self->send(next.actor, nudge{model::turn_granted{std::move(former)}});
}

void remove_children(self_ptr self) {
  for (auto& [id, c] : self->state.children) {
    if (!c.actor || c.leaving) continue;
    c.leaving = true;
    self->request(c.actor, self->state.house->timeouts.inner,
                  command_deployment{self->state.row.owner, id, {model::verb::remove, 0}})
        .then(
            [self, child_id = id](const outcome<deployment_view_ptr>& taken) {
              const auto it = self->state.children.find(child_id);
              if (!taken && it != self->state.children.end())
                it->second.leaving = false;  // asked again at the next change
            },
            [self, child_id = id](const caf::error&) {
              const auto it = self->state.children.find(child_id);
              if (it != self->state.children.end()) it->second.leaving = false;
              after(self, model::duration{1'000}, [self] { replan(self); });
            });
  }
}

// Who woke it is told when Docker has answered everything that this set going.
void answer_waker(self_ptr self) {
  auto& my = self->state;
  const bool waits = my.busy || std::any_of(my.children.begin(), my.children.end(), [](const auto& e) {
                       return e.second.actor && e.second.told_active && !e.second.answered;
                     });
  if (!my.waker || waits) return;
  my.waker->give(model::done{});
  my.waker.reset();
}

// Called after each change of a child: who may act now is worked out anew, and told where it is news.
void replan(self_ptr self) {
  auto& my = self->state;
  std::vector<model::release_brief> living;
  for (const auto& [id, c] : my.children) living.push_back(c.brief);
  const auto plan = model::plan_turns(living);
  for (const auto& s : plan.superseded) {
    auto& older = my.children.at(s.older);
    if (older.actor) self->send(older.actor, nudge{model::superseded{s.by}});
  }
  for (auto& [id, c] : my.children) {
    if (!c.actor || c.brief.status == model::deployment_status::pending || model::is_final(c.brief.status)) continue;
    tell_active(self, c, std::find(plan.active.begin(), plan.active.end(), id) != plan.active.end());
  }
  if (my.row.status == environment_status::active && my.network_known)
    for (const auto& t : plan.grants) grant(self, t);
  if (my.row.status == environment_status::deleting) {
    remove_children(self);
    pursue(self);
  }
  answer_waker(self);
  publish(self);
}

void wake_up(self_ptr self) {
  if (!std::exchange(self->state.asleep, false)) return;
  replan(self);
  pursue(self);
}

// ---- the environment's own life
// --------------------------------------------------------------------------------------

void save_row(self_ptr self, environment_status status, std::string network_id,
              std::function<void(const outcome<model::done>&)> then) {
  auto& my = self->state;
  auto row = my.row;
  row.status = status;
  row.network_id = std::move(network_id);
  row.revision += 1;
  row.updated_at = my.house->now();
  config::failpoint("environment.before_save");
  save_for_sure(
      self, my.house->database, my.house->timeouts.database, save{{save_environment{row}}},
      [=](const outcome<model::done>& saved) {
        config::failpoint("environment.after_save");
        if (saved) {
          self->state.row = row;
        } else {
          log::error("environment row refused", {{"environmentId", row.id.text}, {"detail", saved.error().detail}});
          self->quit(caf::sec::runtime_error);
        }
        then(saved);
      });
}

// Takes the next step towards where the row says it should go; each answer calls it again.
template <class Answer, class Request>
void ask_engine(self_ptr self, Request what, std::function<void(const Answer&)> then,
                std::function<void(const effect_error&)> failed = {}) {
  auto& my = self->state;
  my.busy = true;
  config::failpoint("environment.before_effect");
  const auto again_later = [=] {
    auto& mine = self->state;
    mine.busy = true;
    after(self, mine.pause.next(), [=] { self->state.busy = false, pursue(self); });
  };
  self->request(my.house->engine, my.house->timeouts.engine, std::move(what))
      .then(
          [=](const outcome<Answer, effect_error>& answer) {
            config::failpoint("environment.after_effect");
            auto& mine = self->state;
            mine.busy = false;
            if (answer) {
              mine.pause.reset();
              then(answer.value());
              if (!mine.busy) pursue(self);
              return;
            }
            mine.seen.last_error = answer.error().what.message;
            if (failed) failed(answer.error());
            if (!mine.busy) again_later();
          },
          [=](const caf::error&) {
            self->state.busy = false;
            if (failed)
              failed({consequence::unavailable,
                      model::make_failure(model::failure_code::timed_out, "Docker did not answer in time.")});
            if (!self->state.busy) again_later();
          });
}

void move_to(self_ptr self, environment_status status, std::string network_id, std::function<void()> then) {
  self->state.busy = true;
  save_row(self, status, std::move(network_id), [=](const outcome<model::done>& saved) {
    self->state.busy = false;
    if (!saved) return;
    publish(self);
    then();
    pursue(self);
  });
}

void answer_creator(self_ptr self, outcome<environment_view_ptr> answer) {
  auto& my = self->state;
  if (!my.creator) return;
  my.creator->give(std::move(answer));
  my.creator.reset();
}

void secure_network(self_ptr self) {
  ask_engine<network_ready>(
      self, ensure_network{self->state.row.id},
      [=](const network_ready& ready) {
        auto& my = self->state;
        my.network_known = true;
        if (my.row.status == environment_status::active && my.row.network_id == ready.network_id) return replan(self);
        if (my.row.status == environment_status::deleting) return;
        move_to(self, environment_status::active, ready.network_id, [=] {
          answer_creator(self, publish(self));
          replan(self);
        });
      },
      [=](const effect_error& e) {
        // Nobody was told yet that it exists: what cannot be finished is taken back, so that nothing half-made stays.
        if (!self->state.creator) return;
        const bool away = e.kind == consequence::unavailable || e.kind == consequence::retry;
        answer_creator(self, problem{away ? consequence::unavailable : e.kind, e.what.message, {}, away ? 2 : 0});
        move_to(self, environment_status::deleting, {}, [] {});
      });
}

// First of all, so that nobody is sent to services that go.
void release_domain(self_ptr self) {
  auto& my = self->state;
  my.busy = true;
  const auto go_on = [self](bool released) {
    auto& mine = self->state;
    mine.site_released = released;
    if (released) {
      mine.busy = false;
      mine.pause.reset();
      return replan(self);
    }
    after(self, mine.pause.next(), [self] { self->state.busy = false, pursue(self); });
  };
  self->request(my.house->edge, my.house->timeouts.engine, release_site{my.row.id, {}})
      .then([go_on](const outcome<model::done>& released) { go_on(released.ok()); },
            [go_on](const caf::error&) { go_on(false); });
}

void pursue(self_ptr self) {
  auto& my = self->state;
  if (my.busy) return;
  switch (my.row.status) {
    case environment_status::creating: return secure_network(self);
    case environment_status::active:
      if (!my.network_known) secure_network(self);
      return;
    case environment_status::deleting:
      if (my.house->edge && !my.site_released) return release_domain(self);
      if (!my.children.empty() || !my.being_saved.empty()) return;  // replan() goes on when the last has left
      if (!my.volumes_gone)
        return ask_engine<model::done>(self, remove_volumes{my.row.id},
                                       [=](const model::done&) { self->state.volumes_gone = true; });
      return ask_engine<model::done>(self, remove_network{my.row.id}, [=](const model::done&) {
        move_to(self, environment_status::deleted, {}, [=] {
          self->state.house->board->withdraw(self->state.row.id);
          log::info("environment deleted", {{"environmentId", self->state.row.id.text}});
          self->quit(caf::exit_reason::user_shutdown);
        });
      });
    case environment_status::deleted: return;
  }
}

using view_promise = reply<environment_view_ptr>;

void create(self_ptr self, view_promise answer) {
  auto& my = self->state;
  my.busy = true;
  config::failpoint("environment.before_save");
  save_for_sure(self, my.house->database, my.house->timeouts.database, save{{save_environment{my.row}}},
                [=](const outcome<model::done>& saved) mutable {
                  config::failpoint("environment.after_save");
                  self->state.busy = false;
                  if (!saved) {
                    answer.give(saved.error());
                    return self->quit(caf::exit_reason::user_shutdown);
                  }
                  self->state.creator = answer;
                  publish(self);
                  pursue(self);
                });
}

void remove(self_ptr self, view_promise answer) {
  auto& my = self->state;
  if (my.row.status == environment_status::deleting) return answer.give(publish(self));
  if (my.busy) return after(self, model::duration{20}, [=] { remove(self, answer); });
  move_to(self, environment_status::deleting, my.row.network_id, [=]() mutable {
    answer.give(publish(self));
    replan(self);
  });
}

// ---- what users ask of its deployments
// ---------------------------------------------------------------------------------

using deployment_promise = reply<deployment_view_ptr>;

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
  const child* newest = nullptr;
  for (const auto& [id, c] : my.children)
    if (c.brief.service == service && (!newest || c.brief.number > newest->brief.number)) newest = &c;
  return newest ? my.house->board->find(newest->brief.id) : nullptr;
}

auto no_answer_from_database(const deployment_promise& answer) {
  return [answer](const caf::error&) mutable {
    answer.give(problem{consequence::unavailable, "The database did not answer.", {}, 2});
  };
}

// The wall clock alone does not tell the newest number: it may have been set back since.
void know_numbers(self_ptr self, deployment_promise answer, std::function<void()> then) {
  auto& my = self->state;
  list_deployments newest{my.row.owner, my.row.id, {}, 1};
  self->request(my.house->database, my.house->timeouts.database, newest)
      .then(
          [=](const outcome<std::vector<stored_deployment>>& last) {
            if (!last) return answer.give(last.error());
            auto& mine = self->state;
            if (!last.value().empty()) mine.last_number = std::max(mine.last_number, last.value().front().row.number);
            mine.numbers_known = true;
            then();
          },
          no_answer_from_database(answer));
}

void create_release(self_ptr self, create_deployment what, deployment_promise answer) {
  auto& my = self->state;
  if (const auto known = my.house->board->find(what.id)) return answer.give(known);
  if (my.row.status != environment_status::active)
    return answer.give(
        refuse(consequence::conflict,
               "The environment is " + std::string(model::environment_status_texts[my.row.status]) + "."));
  const auto queued = std::count_if(my.children.begin(), my.children.end(), [](const auto& e) {
    return e.second.brief.status == model::deployment_status::pending;
  });
  if (static_cast<std::size_t>(queued) >= my.house->queued_releases)
    return answer.give(problem{consequence::retry, "Too many deployments of this environment are waiting.", {}, 10});
  if (!my.numbers_known) return know_numbers(self, answer, [=] { create_release(self, what, answer); });
  if (!my.volumes_going.empty())
    return answer.give(problem{consequence::retry, "A volume of the environment is being deleted.", {}, 2});
  if (auto taken = my.volumes.conflicts(what.spec.service, what.spec.volumes); !taken.empty())
    return answer.give(problem{consequence::conflict, "A volume is written to by another service of the environment.",
                               std::move(taken), 0});
  model::deployment row;
  row.id = what.id;
  row.job = what.job;
  row.environment = my.row.id;
  row.owner = my.row.owner;
  row.spec = what.spec;
  row.rollback_of = what.rollback_of;
  row.created_at = row.updated_at = my.house->now();
  row.number = my.last_number =
      std::max(my.last_number + 1, static_cast<std::uint64_t>(row.created_at.time_since_epoch().count()));
  if (const auto before = newest_of(self, row.spec.service); before)
    row.warnings = model::dropped_since(before->row.spec, row.spec);
  my.being_saved[row.number] = row.spec.service;
  hold_volumes(self, row);
  config::failpoint("deployment.before_save");
  save_for_sure(self, my.house->database, my.house->timeouts.database, save{{save_deployment{row, "accepted", {}}}},
                [=](const outcome<model::done>& saved) {
                  config::failpoint("deployment.after_save");
                  self->state.being_saved.erase(row.number);
                  if (saved && !self->state.children.contains(row.id)) adopt(self, row, {});
                  if (!saved && !self->state.children.contains(row.id)) self->state.volumes.let_go(row.id);
                  if (saved)
                    answer.give(self->state.house->board->find(row.id));
                  else
                    answer_from_row(self, row.id, saved.error(), answer);
                  replan(self);
                });
}

// What a change of the service builds on, as change_service says; null: no release of it stands.
deployment_view_ptr standing_of(self_ptr self, const std::string& service) {
  const auto living = self->state.house->board->living(self->state.row.id, service);
  const auto newest = std::find_if(living.rbegin(), living.rend(), [](const auto& v) { return model::stands(v->row); });
  return newest == living.rend() ? nullptr : *newest;
}

void change_from(self_ptr self, const change_service& what, const model::deployment& from, deployment_promise answer) {
  if (what.if_number && *what.if_number != from.number)
    return answer.give(refuse(consequence::outdated, "The service's newest release is number " +
                                                         std::to_string(from.number) + " by now: look at it again."));
  auto spec = what.change(from.spec);
  if (!spec) return answer.give(spec.error());
  create_release(self, {what.owner, self->state.row.id, what.id, what.job, std::move(spec.value()), {}}, answer);
}

void change_ended(self_ptr self, const change_service& what, const outcome<std::vector<stored_deployment>>& newest,
                  deployment_promise answer) {
  if (!newest) return answer.give(newest.error());
  const auto& found = newest.value();
  if (found.empty()) return answer.give(refuse(consequence::not_found, "There is no such service."));
  const auto& row = found.front().row;
  if (row.status != model::deployment_status::failed && row.status != model::deployment_status::cancelled)
    return answer.give(refuse(consequence::conflict,
                              "No release of this service stands any more: deploy it anew with its whole spec."));
  change_from(self, what, row, answer);
}

void change(self_ptr self, change_service what, deployment_promise answer) {
  auto& my = self->state;
  if (const auto known = my.house->board->find(what.id)) return answer.give(known);
  if (!my.numbers_known) return know_numbers(self, answer, [=] { change(self, what, answer); });
  // One that is being accepted now is the newest in a moment.
  const bool soon = std::any_of(my.being_saved.begin(), my.being_saved.end(),
                                [&](const auto& e) { return e.second == what.service; });
  if (soon) return after(self, model::duration{20}, [=] { change(self, what, answer); });
  if (const auto from = standing_of(self, what.service)) return change_from(self, what, from->row, answer);
  list_deployments newest{my.row.owner, my.row.id, {}, 1, what.service};
  self->request(my.house->database, my.house->timeouts.database, newest)
      .then([=](const outcome<std::vector<stored_deployment>>& found) { change_ended(self, what, found, answer); },
            no_answer_from_database(answer));
}

// Repeats what `target` ran: the very image, by digest where its registry gave one, and the configuration.
void repeat_release(self_ptr self, const rollback_deployment& what, const outcome<stored_deployment>& target,
                    deployment_promise answer) {
  if (!target || target.value().row.environment != self->state.row.id)
    return answer.give(target || target.error().kind == consequence::not_found
                           ? refuse(consequence::conflict, "There is no earlier release that has run to roll back to.")
                           : outcome<deployment_view_ptr>(target.error()));
  const auto& row = target.value().row;
  if (!row.running_since || row.status == model::deployment_status::removed)
    return answer.give(refuse(consequence::conflict, "That release has never run, or was removed."));
  create_deployment again{what.owner, self->state.row.id, what.id, what.job, row.spec, row.id};
  if (row.image && row.image->pinned.find('@') != std::string::npos) again.spec.image.digest = row.image->digest;
  create_release(self, std::move(again), answer);
}

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
            if (!from || from.value().row.status == model::deployment_status::superseded) return go(from);
            const auto& row = from.value().row;
            self->request(self->state.house->database, timeout,
                          find_predecessor{row.environment, row.spec.service, row.number})
                .then(go, lost);
          },
          lost);
}

// Which living releases mount the volume, or may come to: what an image declares is known once it is resolved.
std::string users_of(self_ptr self, const std::string& volume) {
  std::string out;
  for (const auto& [id, c] : self->state.children) {
    const auto view = self->state.house->board->find(id);
    if (!view) continue;
    const auto mounts = model::mounts_of(view->row.spec, view->row.image);
    const bool declared =
        std::any_of(mounts.begin(), mounts.end(), [&](const auto& mount) { return mount.name == volume; });
    if (!declared && (view->row.image || !model::is_own_volume(volume))) continue;
    out += (out.empty() ? "" : ", ") + c.brief.service + " (" + id.text + ", " +
           std::string(model::deployment_status_texts[c.brief.status]) + ')';
  }
  return out;
}

void drop_volume(self_ptr self, const delete_volume& what, const reply<model::done>& answer) {
  auto& my = self->state;
  if (my.row.status != environment_status::active)
    return answer.give(
        problem{consequence::conflict,
                "The environment is " + std::string(model::environment_status_texts[my.row.status]) + ".",
                {},
                0});
  if (const auto users = users_of(self, what.name); !users.empty())
    return answer.give(problem{consequence::conflict,
                               "The volume " + what.name + " is used by " + users +
                                   ". Delete these deployments, or deploy them without it, first.",
                               {},
                               0});
  if (!my.volumes_going.insert(what.name).second)
    return answer.give(problem{consequence::retry, "The volume is being deleted already.", {}, 2});
  const auto conclude = [self, answer, name = what.name](const outcome<model::done>& how) {
    self->state.volumes_going.erase(name);
    if (how) log::info("volume deleted", {{"environmentId", self->state.row.id.text}, {"volume", name}});
    answer.give(how);
  };
  self->request(my.house->engine, my.house->timeouts.engine, remove_volume{my.row.id, what.name})
      .then(
          [conclude](const outcome<model::done, effect_error>& done) {
            if (done) return conclude(model::done{});
            conclude(problem{done.error().kind, done.error().what.message, {}, 0});
          },
          [conclude](const caf::error&) {
            conclude(
                problem{consequence::unavailable, "Docker did not answer in time; look whether it is gone.", {}, 2});
          });
}

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
            forward(self, mine.children[what.deployment].actor, what, answer);
          },
          no_answer_from_database(answer));
}

// The release that is being replaced looks at nothing itself: what it shows is what the one with the turn finds.
void tell_replaced(self_ptr self, const std::optional<deployment_id>& former, const model::service_observation& seen) {
  auto& children = self->state.children;
  const auto it = former ? children.find(*former) : children.end();
  if (it != children.end() && it->second.actor) self->send(it->second.actor, nudge{model::replacement_looked{seen}});
}

void look_again(self_ptr self, const std::string& service) {
  for (auto& [id, c] : self->state.children)
    if (c.actor && c.told_active && c.brief.service == service) self->send(c.actor, nudge{model::looked_again{}});
}

// A service of a release that has ended was made by an answer that came too late: nobody looks after it, so it goes.
// One whose release no row knows is none of ours to judge (an older backup may have been restored): it is told to the
// operator, and left alone.
void sweep(self_ptr self, const std::string& service, const deployment_id& maker) {
  auto& my = self->state;
  self->request(my.house->database, my.house->timeouts.database, find_deployment{maker})
      .then(
          [=](const outcome<stored_deployment>& known) {
            auto& mine = self->state;
            const bool wanted = std::any_of(mine.children.begin(), mine.children.end(),
                                            [&](const auto& e) { return e.second.brief.service == service; });
            if (wanted) return;
            if (!known)
              return log::warn("unknown service left alone",
                               {{"environmentId", mine.row.id.text}, {"service", service}});
            log::warn("removing a service whose releases have all ended",
                      {{"environmentId", mine.row.id.text}, {"service", service}});
            self->request(mine.house->engine, mine.house->timeouts.engine, remove_service{mine.row.id, service})
                .then([](const outcome<model::done, effect_error>&) {},
                      [](const caf::error&) {});  // the next listing sees what remains
          },
          [](const caf::error&) {});
}

void compare(self_ptr self, environment_listed& listed) {
  auto& my = self->state;
  // While it is being deleted too: a service made by an answer that came too late would hold its network for ever.
  if (!listed.network && my.network_known && my.row.status == environment_status::active) {
    my.network_known = false;
    pursue(self);
  }
  std::set<std::string> owned;
  for (const auto& [id, c] : my.children) {
    owned.insert(c.brief.service);
    const auto now = listed.services.find(c.brief.service);
    const auto before = my.fingerprints.find(c.brief.service);
    const bool same = now != listed.services.end() && before != my.fingerprints.end() && now->second == before->second;
    if (!same && c.actor && c.told_active) self->send(c.actor, nudge{model::looked_again{}});
  }
  for (const auto& [service, fingerprint] : listed.services)
    if (!owned.contains(service)) sweep(self, service, listed.makers[service]);
  my.fingerprints = std::move(listed.services);
}

std::vector<actor_card> quiet_cards(self_ptr self) {
  auto& my = self->state;
  actor_card card;
  card.id = my.row.id.text;
  card.kind = "environment";
  card.parent = "orchestrator";
  card.state = model::environment_status_texts[my.row.status];
  card.step = my.asleep ? "waits for its first look" : my.busy ? "network or row" : "";
  my.seen.fill(self, card);
  std::vector<actor_card> cards{card};
  for (const auto& [id, c] : my.children) {
    actor_card kid;
    kid.id = id.text;
    kid.kind = "deployment";
    kid.parent = my.row.id.text;
    kid.state = model::deployment_status_texts[c.brief.status];
    kid.restarts = c.budget.restarts();
    kid.last_error = c.last_error;
    kid.quarantined = c.quarantined != nullptr;
    cards.push_back(std::move(kid));
  }
  return cards;
}

// Each child speaks for itself; one that does not answer in time is shown as its environment knows it.
void describe_all(self_ptr self, reply<std::vector<actor_card>> answer) {
  auto cards = std::make_shared<std::vector<actor_card>>(quiet_cards(self));
  auto left = std::make_shared<std::size_t>(0);
  const auto one_less = [=] {
    if (--*left == 0) answer.give(std::move(*cards));
  };
  std::size_t index = 0;
  for (const auto& [id, c] : self->state.children) {
    ++index;
    if (!c.actor) continue;
    ++*left;
    self->request(c.actor, model::duration{500}, describe{})
        .then(
            [=](const outcome<actor_card>& card) {
              auto& slot = (*cards)[index];
              const auto known = slot;
              slot = card.value();
              slot.restarts = known.restarts;
              slot.last_error = known.last_error;
              one_less();
            },
            [=](const caf::error&) { one_less(); });
  }
  if (*left == 0) answer.give(*cards);
}

}  // namespace

static environment_actor::behavior_type environment(self_ptr self, house_ptr house, model::environment row,
                                                    std::vector<model::deployment> living, bool is_new) {
  self->state.house = std::move(house);
  self->state.row = std::move(row);
  self->set_exit_handler([self](const caf::exit_msg& e) { child_ended(self, e); });
  for (const auto& d : living) adopt(self, d, former_of(d, living));
  self->state.numbers_known = is_new;
  self->state.asleep = !is_new;
  if (!is_new) publish(self);
  return {
      [self](deployment_changed& m) {
        auto& my = self->state;
        my.seen.note(self, "deployment_changed");
        const auto it = my.children.find(m.brief.id);
        if (it == my.children.end()) return;
        it->second.brief = m.brief;
        it->second.quiet = m.quiet;
        it->second.answered = m.answered;
        const auto view = my.house->board->find(m.brief.id);
        if (view && m.brief.status == model::deployment_status::creating_volumes) hold_volumes(self, view->row);
        if (view && m.seen) tell_replaced(self, view->row.former, *m.seen);
        replan(self);
      },
      [self](wake) -> owed<model::done> {
        self->state.seen.note(self, "wake");
        const reply<model::done> answer(self);
        self->state.waker = answer;
        wake_up(self);
        answer_waker(self);
        return answer;
      },
      [self](create_environment&) -> owed<environment_view_ptr> {
        self->state.seen.note(self, "create_environment");
        const reply<environment_view_ptr> answer(self);
        create(self, answer);
        return answer;
      },
      [self](delete_environment&) -> owed<environment_view_ptr> {
        self->state.seen.note(self, "delete_environment");
        wake_up(self);
        const reply<environment_view_ptr> answer(self);
        remove(self, answer);
        return answer;
      },
      [self](create_deployment& m) -> owed<deployment_view_ptr> {
        self->state.seen.note(self, "create_deployment");
        wake_up(self);
        const reply<deployment_view_ptr> answer(self);
        create_release(self, std::move(m), answer);
        return answer;
      },
      [self](change_service& m) -> owed<deployment_view_ptr> {
        self->state.seen.note(self, "change_service");
        wake_up(self);
        const reply<deployment_view_ptr> answer(self);
        change(self, std::move(m), answer);
        return answer;
      },
      [self](rollback_deployment& m) -> owed<deployment_view_ptr> {
        self->state.seen.note(self, "rollback_deployment");
        wake_up(self);
        const reply<deployment_view_ptr> answer(self);
        roll_back(self, m, answer);
        return answer;
      },
      [self](command_deployment& m) -> owed<deployment_view_ptr> {
        auto& my = self->state;
        my.seen.note(self, "command_deployment");
        wake_up(self);
        const reply<deployment_view_ptr> answer(self);
        const auto it = my.children.find(m.deployment);
        if (it == my.children.end()) {
          command_from_row(self, m, answer);
        } else if (!it->second.actor) {
          answer.give(problem{consequence::unavailable, "The deployment is being started again; try again.", {}, 1});
        } else {
          forward(self, it->second.actor, m, answer);
        }
        return answer;
      },
      [self](delete_volume& m) -> owed<model::done> {
        self->state.seen.note(self, "delete_volume");
        wake_up(self);
        const reply<model::done> answer(self);
        drop_volume(self, m, answer);
        return answer;
      },
      [self](const engine_reach& m) {
        self->state.seen.note(self, "engine_reach");
        for (const auto& [id, c] : self->state.children)
          if (c.actor && !model::is_settled(c.brief.status)) self->send(c.actor, m);
      },
      [self](service_touched& m) {
        self->state.seen.note(self, "service_touched");
        look_again(self, m.service);
      },
      [self](environment_touched&) {
        self->state.seen.note(self, "environment_touched");
        self->state.network_known = false;
        pursue(self);
      },
      [self](site_changed&) {
        self->state.seen.note(self, "site_changed");
        publish(self);
      },
      [self](environment_listed& m) {
        self->state.seen.note(self, "environment_listed");
        compare(self, m);
      },
      [self](continuation& m) {
        self->state.seen.note(self, "continuation");
        m.run();
      },
      [self](describe) -> owed<std::vector<actor_card>> {
        const reply<std::vector<actor_card>> answer(self);
        describe_all(self, answer);
        return answer;
      },
  };
}

environment_actor spawn_environment(caf::local_actor* parent, house_ptr house, model::environment row,
                                    std::vector<model::deployment> living, bool is_new) {
  return parent->spawn<caf::linked>(environment, std::move(house), std::move(row), std::move(living), is_new);
}

}  // namespace troupe::actors
