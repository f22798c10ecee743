#include "actors/orchestrator.hpp"

#include <algorithm>
#include <deque>
#include <iterator>
#include <map>
#include <set>
#include <unordered_map>
#include <utility>

#include "actors/environment.hpp"
#include "actors/model/restart_budget.hpp"
#include "config/logging.hpp"

namespace troupe::actors {

using model::consequence;
using model::problem;

using root_actor = orchestrator_actor::extend<caf::reacts_to<continuation>>;

struct tenant {
  environment_actor actor;  // none while it waits for its restart, or is quarantined
  user_id owner;
  std::shared_ptr<void> quarantined;  // held while it stays down for good
  model::restart_budget budget;
  std::string last_error;
};

struct orchestrator_data {
  static inline const char* name = "orchestrator";

  house_ptr house;
  bool loading = false;
  bool loaded = false;
  std::vector<reply<model::done>> waiting_for_open;
  std::map<environment_id, tenant> environments;  // by id: they are shown a page at a time
  std::map<caf::actor_addr, environment_id> by_address;
  std::deque<environment_id> deleted;  // by this process, newest last
  std::deque<environment_id> asleep;   // loaded, and not yet told to look
  std::size_t waking = 0;              // told, and not yet answered
  activity seen;
};

namespace {

using self_ptr = root_actor::stateful_pointer<orchestrator_data>;

constexpr std::size_t deleted_remembered = 10'000;

void start_environment(self_ptr self, model::environment row, living_rows living, bool is_new) {
  auto& my = self->state;
  const auto id = row.id;
  auto& t = my.environments[id];
  t.owner = row.owner;
  t.actor = spawn_environment(self, my.house, std::move(row), std::move(living), is_new);
  my.by_address[t.actor.address()] = id;
}

// A few at once. One that is not answered in time (a long pull, Docker away) goes on by itself and holds up nobody.
void wake_next(self_ptr self) {
  auto& my = self->state;
  while (my.waking < my.house->waking_environments && !my.asleep.empty()) {
    const auto it = my.environments.find(my.asleep.front());
    my.asleep.pop_front();
    if (it == my.environments.end() || !it->second.actor) continue;  // its restart wakes it
    ++my.waking;
    const auto go_on = [self] {
      auto& mine = self->state;
      --mine.waking;
      if (mine.asleep.empty() && mine.waking == 0) log::info("every environment is awake", {});
      wake_next(self);
    };
    self->request(it->second.actor, my.house->timeouts.inner, wake{})
        .then([go_on](const outcome<model::done>&) { go_on(); }, [go_on](const caf::error&) { go_on(); });
  }
}

void start_all(self_ptr self, const living_rows& rows) {
  auto& my = self->state;
  std::unordered_map<environment_id, living_rows> by_environment;
  for (const auto& d : rows.deployments) by_environment[d.environment].deployments.push_back(d);
  for (const auto& a : rows.applications) by_environment[a.environment].applications.push_back(a);
  for (const auto& e : rows.environments) {
    auto& living = by_environment[e.id];
    // Where something is under way, somebody waits for it.
    const bool urgent = e.status != model::environment_status::active || !living.applications.empty() ||
                        std::any_of(living.deployments.begin(), living.deployments.end(), [](const auto& d) {
                          return !model::is_current(d.status) || model::is_running_job(d);
                        });
    urgent ? my.asleep.push_front(e.id) : my.asleep.push_back(e.id);
    start_environment(self, e, std::move(living), false);
  }
  my.loaded = true;
  for (const auto& waiting : my.waiting_for_open) waiting.give(model::done{});
  my.waiting_for_open.clear();
  // Notices that came too early were dropped; subscribing (again) brings a listing.
  self->send(my.house->engine, caf::actor_cast<engine_observer>(self));
  wake_next(self);
  log::info("house is up", {{"environments", rows.environments.size()}, {"deployments", rows.deployments.size()}});
}

void load(self_ptr self, backoff pause = {}) {
  auto& my = self->state;
  auto again = [=]() mutable {
    const auto delay = pause.next();
    after(self, delay, [=] { load(self, pause); });
  };
  self->request(my.house->database, my.house->timeouts.database, load_living{})
      .then(
          [=](const outcome<living_rows>& rows) mutable {
            if (rows) return start_all(self, rows.value());
            log::warn("cannot load the house yet", {{"detail", rows.error().detail}});
            again();
          },
          [=](const caf::error&) mutable { again(); });
}

void open(self_ptr self) {
  if (!std::exchange(self->state.loading, true)) load(self);
}

void restart_environment(self_ptr self, const environment_id& id) {
  auto& my = self->state;
  const auto again = [=] { after(self, model::duration{1'000}, [=] { restart_environment(self, id); }); };
  self->request(my.house->database, my.house->timeouts.database, load_environment{id})
      .then(
          [=](const outcome<living_rows>& rows) {
            auto& mine = self->state;
            if (!rows && rows.error().kind != consequence::not_found) return again();
            if (!rows || rows.value().environments.empty()) {
              mine.environments.erase(id);
            } else {
              start_environment(self, rows.value().environments.front(), rows.value(), false);
              mine.asleep.push_front(id);
              wake_next(self);
            }
          },
          [=](const caf::error&) { again(); });
}

void child_ended(self_ptr self, const caf::exit_msg& e) {
  auto& my = self->state;
  const auto it = my.by_address.find(e.source);
  if (it == my.by_address.end()) {
    self->quit(e.reason);  // the process is closing; the children are linked and follow
    return;
  }
  const auto id = it->second;
  my.by_address.erase(it);
  auto& t = my.environments[id];
  t.actor = nullptr;
  if (e.reason == caf::exit_reason::user_shutdown) {
    my.environments.erase(id);
    my.deleted.push_back(id);
    if (my.deleted.size() > deleted_remembered) my.deleted.pop_front();
    return;
  }
  t.last_error = self->system().render(e.reason);
  const auto delay = t.budget.spend(monotonic(*self));
  if (delay)
    my.house->board->note_restart(board::kind::environment);
  else
    t.quarantined = quarantine(my.house->board, board::kind::environment);
  log::error("environment actor died", {{"environmentId", id.text}, {"detail", t.last_error}, {"quarantined", !delay}});
  if (delay) after(self, *delay, [=] { restart_environment(self, id); });
}

// Where a message of `owner` for `id` goes; otherwise why it cannot go anywhere. Another user's environment does not
// exist.
outcome<environment_actor> find(self_ptr self, const user_id& owner, const environment_id& id) {
  auto& my = self->state;
  if (!my.loaded) return problem{consequence::unavailable, "The service is starting; try again.", {}, 2};
  const auto it = my.environments.find(id);
  if (it == my.environments.end() || it->second.owner != owner)
    return problem{consequence::not_found, "No such environment.", {}, 0};
  if (!it->second.actor)
    return problem{consequence::unavailable, "The environment is being started again; try again.", {}, 2};
  return it->second.actor;
}

template <class View, class Message>
void pass_on(self_ptr self, const outcome<environment_actor>& to, const Message& what, reply<View> answer) {
  if (!to) return answer.give(to.error());
  // As long as the database may take: the environment answers once it is saved.
  self->request(to.value(), self->state.house->timeouts.database, what)
      .then([=](const outcome<View>& done) { answer.give(done); },
            [=](const caf::error&) {
              answer.give(problem{
                  consequence::unavailable,
                  "It is not known yet whether this was accepted; look, or repeat it with the same Idempotency-Key.",
                  {},
                  2});
            });
}

void create(self_ptr self, const create_environment& what, reply<environment_view_ptr> answer) {
  auto& my = self->state;
  if (!my.loaded) return answer.give(problem{consequence::unavailable, "The service is starting; try again.", {}, 2});
  if (const auto known = my.environments.find(what.id); known != my.environments.end()) {
    const auto view = my.house->board->find(what.id);
    const bool here =
        view && known->second.owner == what.owner && view->row.status == model::environment_status::active;
    return answer.give(
        here ? outcome<environment_view_ptr>(view)
             : problem{consequence::unavailable, "The environment is being made or deleted; look again soon.", {}, 1});
  }
  model::environment row;
  row.id = what.id;
  row.owner = what.owner;
  row.name = what.name;
  row.created_at = row.updated_at = my.house->now();
  start_environment(self, row, {}, true);
  pass_on(self, outcome<environment_actor>(my.environments[what.id].actor), what, answer);
}

// A deployment is found by its environment: on the board while it lives, in the database after.
template <class Message>
void to_its_environment(self_ptr self, const Message& what, reply<deployment_view_ptr> answer) {
  auto& my = self->state;
  const auto none = [] { return problem{consequence::not_found, "No such deployment.", {}, 0}; };
  const auto go = [=](const user_id& owner, const environment_id& environment) {
    if (owner != what.owner) return answer.give(none());
    auto to = find(self, owner, environment);
    if (!to && to.error().kind == consequence::not_found) return answer.give(none());
    pass_on(self, to, what, answer);
  };
  if (const auto view = my.house->board->find(what.deployment)) return go(view->row.owner, view->row.environment);
  self->request(my.house->database, my.house->timeouts.database, find_deployment{what.deployment})
      .then(
          [=](const outcome<stored_deployment>& found) {
            if (!found) return answer.give(found.error().kind == consequence::not_found ? none() : found.error());
            go(found.value().row.owner, found.value().row.environment);
          },
          [=](const caf::error&) {
            answer.give(problem{consequence::unavailable, "The database did not answer.", {}, 2});
          });
}

// Docker may carry out late, once all is gone, what it was asked for before and did not answer in time.
void remove_late_objects(self_ptr self, const environment_id& id) {
  const auto& my = self->state;
  log::info("removing what came late of a deleted environment", {{"environmentId", id.text}});
  const auto ask = [&](auto what) {
    self->request(my.house->engine, my.house->timeouts.engine, std::move(what))
        .then([](const outcome<model::done, effect_error>&) {}, [](const caf::error&) {});  // the next listing shows it
  };
  ask(remove_volumes{id});
  ask(remove_network{id});
}

// Each environment gets its part, also where nothing of it was listed, and compares it with what it owns.
void spread(self_ptr self, const engine_listing& listing) {
  auto& my = self->state;
  if (!my.loaded) return;
  std::unordered_map<environment_id, environment_listed> now;
  for (const auto& s : listing.services) {
    now[s.environment].services[s.service] = s.fingerprint;
    now[s.environment].makers[s.service] = s.maker;
  }
  for (const auto& n : listing.networks) now[n].network = true;
  for (auto& [id, t] : my.environments) {
    if (t.actor) self->send(t.actor, std::move(now[id]));
    now.erase(id);
  }
  for (const auto& id : listing.volumes)
    if (!my.environments.contains(id)) now[id];
  for (const auto& [id, shown] : now) {
    if (std::find(my.deleted.begin(), my.deleted.end(), id) == my.deleted.end())
      log::warn("objects of an unknown environment left alone", {{"environmentId", id.text}});
    else if (shown.services.empty())
      remove_late_objects(self, id);
  }
}

actor_card own_card(self_ptr self) {
  auto& my = self->state;
  actor_card card;
  card.id = card.kind = "orchestrator";
  card.state = my.loaded ? "running" : "loading";
  if (const auto left = my.asleep.size() + my.waking; left != 0)
    card.step = std::to_string(left) + " environments wait for their first look";
  my.seen.fill(self, card);
  return card;
}

// As it is known here, for an environment that does not speak for itself.
actor_card known_card(const environment_id& id, const tenant& t) {
  actor_card card;
  card.id = id.text;
  card.kind = "environment";
  card.parent = "orchestrator";
  card.state = t.quarantined ? "quarantined" : "no answer";
  card.restarts = t.budget.restarts();
  card.last_error = t.last_error;
  card.quarantined = t.quarantined != nullptr;
  return card;
}

// Each environment's cards in a place of their own, so that a page is in order whoever answers first.
void describe_page(self_ptr self, const describe_some& wanted, reply<described> answer) {
  struct gathering {
    std::vector<std::vector<actor_card>> parts;
    std::optional<environment_id> next;
    std::size_t left = 1;
  };
  const auto all = std::make_shared<gathering>();
  const auto one_less = [=] {
    if (--all->left != 0) return;
    described page;
    page.next = all->next;
    for (auto& part : all->parts) std::move(part.begin(), part.end(), std::back_inserter(page.cards));
    answer.give(std::move(page));
  };
  const auto& environments = self->state.environments;
  auto it = wanted.only    ? environments.find(*wanted.only)
            : wanted.after ? environments.upper_bound(*wanted.after)
                           : environments.begin();
  for (; it != environments.end(); ++it) {
    if (all->parts.size() == wanted.limit) {
      all->next = std::prev(it)->first;
      break;
    }
    const auto index = all->parts.size();
    const auto known = known_card(it->first, it->second);
    all->parts.push_back({known});
    if (it->second.actor) {
      ++all->left;
      self->request(it->second.actor, model::duration{1'000}, describe{})
          .then(
              [=](outcome<std::vector<actor_card>>& theirs) {
                if (theirs && !theirs.value().empty()) {
                  theirs.value().front().restarts = known.restarts;
                  all->parts[index] = std::move(theirs.value());
                }
                one_less();
              },
              [=](const caf::error&) { one_less(); });
    }
    if (wanted.only) break;
  }
  one_less();
}

// Those that something is under way for have it in their views that they wait.
void tell_reach(self_ptr self, const engine_reach& reach) {
  auto& my = self->state;
  my.house->board->set_engine(reach);
  std::set<environment_id> waiting;
  my.house->board->each_deployment([&](const deployment_view_ptr& view) {
    if (!model::is_settled(view->row.status) || model::is_running_job(view->row)) waiting.insert(view->row.environment);
  });
  for (const auto& id : waiting)
    if (const auto it = my.environments.find(id); it != my.environments.end() && it->second.actor)
      self->send(it->second.actor, reach);
}

root_actor::behavior_type orchestrator(self_ptr self, house_ptr house) {
  self->state.house = std::move(house);
  self->set_exit_handler([self](const caf::exit_msg& e) { child_ended(self, e); });
  if (self->state.house->opens_itself) open(self);
  return {
      [self](open_house) -> owed<model::done> {
        const reply<model::done> answer(self);
        if (self->state.loaded)
          answer.give(model::done{});
        else
          self->state.waiting_for_open.push_back(answer);
        open(self);
        return answer;
      },
      [self](service_touched& m) {
        self->state.seen.note(self, "service_touched");
        const auto it = self->state.environments.find(m.environment);
        if (it != self->state.environments.end() && it->second.actor) self->send(it->second.actor, std::move(m));
      },
      [self](environment_touched& m) {
        self->state.seen.note(self, "environment_touched");
        const auto it = self->state.environments.find(m.environment);
        if (it != self->state.environments.end() && it->second.actor) self->send(it->second.actor, std::move(m));
      },
      [self](site_changed& m) {
        self->state.seen.note(self, "site_changed");
        const auto it = self->state.environments.find(m.environment);
        if (it != self->state.environments.end() && it->second.actor) self->send(it->second.actor, std::move(m));
      },
      [self](engine_listed& m) {
        self->state.seen.note(self, "engine_listed");
        spread(self, *m.listing);
      },
      [self](create_environment& m) -> owed<environment_view_ptr> {
        self->state.seen.note(self, "create_environment");
        const reply<environment_view_ptr> answer(self);
        create(self, m, answer);
        return answer;
      },
      [self](delete_environment& m) -> owed<environment_view_ptr> {
        self->state.seen.note(self, "delete_environment");
        const reply<environment_view_ptr> answer(self);
        pass_on(self, find(self, m.owner, m.id), m, answer);
        return answer;
      },
      [self](create_deployment& m) -> owed<deployment_view_ptr> {
        self->state.seen.note(self, "create_deployment");
        const reply<deployment_view_ptr> answer(self);
        pass_on(self, find(self, m.owner, m.environment), m, answer);
        return answer;
      },
      [self](change_service& m) -> owed<deployment_view_ptr> {
        self->state.seen.note(self, "change_service");
        const reply<deployment_view_ptr> answer(self);
        pass_on(self, find(self, m.owner, m.environment), m, answer);
        return answer;
      },
      [self](rollback_deployment& m) -> owed<deployment_view_ptr> {
        self->state.seen.note(self, "rollback_deployment");
        const reply<deployment_view_ptr> answer(self);
        to_its_environment(self, m, answer);
        return answer;
      },
      [self](command_deployment& m) -> owed<deployment_view_ptr> {
        self->state.seen.note(self, "command_deployment");
        const reply<deployment_view_ptr> answer(self);
        to_its_environment(self, m, answer);
        return answer;
      },
      [self](delete_volume& m) -> owed<model::done> {
        self->state.seen.note(self, "delete_volume");
        const reply<model::done> answer(self);
        pass_on(self, find(self, m.owner, m.environment), m, answer);
        return answer;
      },
      [self](apply_application& m) -> owed<application_view_ptr> {
        self->state.seen.note(self, "apply_application");
        const reply<application_view_ptr> answer(self);
        pass_on(self, find(self, m.owner, m.environment), m, answer);
        return answer;
      },
      [self](cancel_application& m) -> owed<application_view_ptr> {
        self->state.seen.note(self, "cancel_application");
        const reply<application_view_ptr> answer(self);
        pass_on(self, find(self, m.owner, m.environment), m, answer);
        return answer;
      },
      [self](const engine_reach& m) {
        self->state.seen.note(self, "engine_reach");
        tell_reach(self, m);
      },
      [self](describe) { return own_card(self); },
      [self](const describe_some& m) -> owed<described> {
        const reply<described> answer(self);
        describe_page(self, m, answer);
        return answer;
      },
      [](continuation& m) { m.run(); },
  };
}

}  // namespace

orchestrator_actor spawn_orchestrator(caf::actor_system& system, house_ptr house) {
  return caf::actor_cast<orchestrator_actor>(system.spawn(orchestrator, std::move(house)));
}

}  // namespace troupe::actors
