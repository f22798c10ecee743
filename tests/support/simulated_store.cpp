#include "tests/support/simulated_store.hpp"

#include "actors/conversation.hpp"

namespace troupe::support {

namespace {

using actors::continuation;
using docker::fault;
using model::done;
using model::duration;
using model::outcome;

struct store_data {
  static inline const char* name = "simulated_store";

  std::shared_ptr<stored_world> world;
  simulated_store_options options;
  std::shared_ptr<docker::fault_plan> faults;
  actors::activity seen;
};

using store_and_itself = actors::database_actor::extend<caf::reacts_to<continuation>>;
using self_ptr = store_and_itself::stateful_pointer<store_data>;

std::string shown(const actors::save& what) {
  std::string text;
  for (const auto& c : what.changes) {
    if (const auto* e = std::get_if<actors::save_environment>(&c))
      text += ' ' + e->row.id.text + " r" + std::to_string(e->row.revision) + ' ' +
              std::string(model::environment_status_texts[e->row.status]);
    else if (const auto* a = std::get_if<actors::save_application>(&c))
      text += ' ' + a->row.id.text + " r" + std::to_string(a->row.revision) + ' ' +
              std::string(model::apply_status_texts[a->row.status]);
    else {
      const auto& d = std::get<actors::save_deployment>(c);
      text += ' ' + d.row.id.text + " r" + std::to_string(d.row.revision) + ' ' +
              std::string(model::deployment_status_texts[d.row.status]) + (d.row.health.degraded ? " degraded" : "") +
              (d.detail.empty() ? "" : " (" + d.detail + ')');
    }
  }
  return text;
}

// Effects happen in the order of arrival, as one connection would have it; only answers are slow.
template <class Answer>
auto call(self_ptr self, const char* what, std::function<outcome<Answer>()> effect, const std::string& shown_as = {}) {
  auto& my = self->state;
  auto promise = self->template make_response_promise<outcome<Answer>>();
  my.seen.note(self, what);
  const auto dead = my.options.dead;
  if (dead && *dead) return promise;
  auto& chance = my.faults->chance();
  const auto latency = chance.between(my.options.latency_least, my.options.latency_most);
  const auto long_latency = chance.between(my.options.latency_most, my.options.slow_most);
  const auto deliver = [&](duration wait, outcome<Answer> answer) {
    actors::after(self, wait, [=]() mutable {
      if (!dead || !*dead) promise.deliver(std::move(answer));
    });
  };
  const auto away = model::problem{model::consequence::unavailable, "The database does not answer.", {}, 1};
  if (my.faults->state() != docker::reach::up) {
    deliver(my.faults->state() == docker::reach::down ? latency : my.options.deadline, away);
    return promise;
  }
  const auto f = my.faults->draw(what);
  if (my.options.trace)
    my.options.trace(std::string(what) + shown_as +
                     (f == fault::none ? "" : " fault=" + std::string(docker::fault_texts[f])));
  switch (f) {
    case fault::none: deliver(latency, effect()); break;
    case fault::slow: deliver(long_latency, effect()); break;
    case fault::refused: deliver(latency, away); break;
    case fault::lost: effect(); break;
    case fault::late:
      effect();
      deliver(long_latency, away);
      break;
    case fault::hang:
      if (chance.happens(0.5)) deliver(my.options.deadline, away);
      break;
  }
  return promise;
}

store_and_itself::behavior_type simulated_store(self_ptr self, std::shared_ptr<stored_world> world,
                                                simulated_store_options options) {
  using namespace actors;
  auto& my = self->state;
  my.world = world;
  my.options = std::move(options);
  my.faults = my.options.faults ? my.options.faults : std::make_shared<docker::fault_plan>();
  const auto now = my.options.now;
  return {
      [=](const save& m) {
        return call<done>(
            self, "save", [=] { return world->save(m, now()); }, self->state.options.trace ? shown(m) : std::string());
      },
      [=](load_living) { return call<living_rows>(self, "load_living", [=] { return world->load_living(); }); },
      [=](const load_environment& m) {
        return call<living_rows>(self, "load_environment",
                                 [=] { return world->load_environment(m.id, m.even_deleted); });
      },
      [=](const find_deployment& m) {
        return call<stored_deployment>(self, "find_deployment", [=] { return world->find(m); });
      },
      [=](const list_deployments& m) {
        return call<std::vector<stored_deployment>>(self, "list_deployments", [=] { return world->list(m); });
      },
      [=](const list_recent_deployments& m) {
        return call<std::vector<stored_deployment>>(self, "list_recent_deployments", [=] { return world->list(m); });
      },
      [=](const list_own_deployments& m) {
        return call<std::vector<stored_deployment>>(self, "list_own_deployments", [=] { return world->list(m); });
      },
      [=](const list_ended_services& m) {
        return call<std::vector<stored_deployment>>(self, "list_ended_services", [=] { return world->list(m); });
      },
      [=](const list_environments& m) {
        return call<std::vector<model::environment>>(self, "list_environments", [=] { return world->list(m); });
      },
      [=](const find_predecessor& m) {
        return call<stored_deployment>(self, "find_predecessor", [=] { return world->find(m); });
      },
      [=](const find_application& m) {
        return call<application_view_ptr>(self, "find_application", [=] { return world->find(m); });
      },
      [=](const list_applications& m) {
        return call<std::vector<application_view_ptr>>(self, "list_applications", [=] { return world->list(m); });
      },
      [=](const list_dependencies& m) {
        return call<model::dependencies>(self, "list_dependencies", [=] { return world->list(m); });
      },
      [=](const list_lines& m) {
        return call<std::vector<model::transition>>(self, "list_lines", [=] { return world->list(m); });
      },
      [=](const list_transitions& m) {
        return call<std::vector<model::transition>>(self, "list_transitions", [=] { return world->list(m); });
      },
      [=](const ensure_user& m) { return call<user_id>(self, "ensure_user", [=] { return world->ensure(m); }); },
      [=](const insert_key& m) { return call<done>(self, "insert_key", [=] { return world->insert(m); }); },
      [=](const find_key& m) { return call<model::api_key>(self, "find_key", [=] { return world->find(m); }); },
      [=](const list_keys& m) {
        return call<std::vector<model::api_key>>(self, "list_keys", [=] { return world->list(m); });
      },
      [=](const revoke_key& m) { return call<done>(self, "revoke_key", [=] { return world->revoke(m, now()); }); },
      [=](const touch_keys& m) { return call<done>(self, "touch_keys", [=] { return world->touch(m), done{}; }); },
      [=](const claim_idempotency& m) {
        return call<idempotency_claim>(self, "claim_idempotency", [=] { return world->claim(m); });
      },
      [=](const store_idempotent_answer& m) {
        return call<done>(self, "store_idempotent_answer", [=] { return world->store(m); });
      },
      [=](const release_idempotency& m) {
        return call<done>(self, "release_idempotency", [=] { return world->release(m); });
      },
      [=](const insert_magic_link& m) {
        return call<done>(self, "insert_magic_link", [=] { return world->insert(m, now()); });
      },
      [=](const find_magic_link& m) {
        return call<done>(self, "find_magic_link", [=] { return world->find(m, now()); });
      },
      [=](const spend_magic_link& m) {
        return call<model::api_key>(self, "spend_magic_link", [=] { return world->spend(m, now()); });
      },
      [=](const put_registry_login& m) {
        return call<model::registry_login>(self, "put_registry_login", [=] { return m.login; });
      },
      [=](const delete_registry_login&) { return call<done>(self, "delete_registry_login", [] { return done{}; }); },
      [=](database_status) { return call<std::uint64_t>(self, "database_status", [] { return std::uint64_t{100}; }); },
      [=](describe) {
        actor_card card;
        card.id = "database";
        card.kind = "database";
        card.parent = "orchestrator";
        card.state = "simulated";
        self->state.seen.fill(self, card);
        return card;
      },
      [=](continuation& m) { m.run(); },
  };
}

}  // namespace

actors::database_actor spawn_simulated_store(caf::actor_system& system, std::shared_ptr<stored_world> world,
                                             simulated_store_options options) {
  return system.spawn(simulated_store, std::move(world), std::move(options));
}

}  // namespace troupe::support
