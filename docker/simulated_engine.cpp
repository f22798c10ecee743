#include "docker/simulated_engine.hpp"

#include <deque>

#include "actors/conversation.hpp"
#include "actors/model/object_names.hpp"
#include "docker/log_sieve.hpp"

namespace troupe::docker {

namespace {

using actors::continuation;
using model::consequence;
using model::done;
using model::duration;
using model::effect_error;
using model::failure_code;
using model::outcome;

struct follower {
  actors::read_logs what;
  std::shared_ptr<actors::log_sink> sink;
  std::uint64_t seen = 0;  // number of the newest line that it was given, or need not get
};

struct engine_data {
  static inline const char* name = "simulated_engine";

  std::shared_ptr<simulated_swarm> swarm;
  simulated_engine_options options;
  std::shared_ptr<fault_plan> faults;
  actors::engine_observer observer;
  std::optional<model::timestamp> pump_at;
  std::vector<follower> followers;
  actors::activity seen;

  ~engine_data() {
    if (swarm) swarm->on_stirred([] {});
    for (const auto& f : followers)
      if (f.sink->ended) f.sink->ended();
  }
};

using engine_and_itself = actors::engine_actor::extend<caf::reacts_to<continuation>>;
using self_ptr = engine_and_itself::stateful_pointer<engine_data>;

bool dead(self_ptr self) {
  return self->state.options.dead && *self->state.options.dead;
}

void trace(self_ptr self, const std::string& text) {
  if (self->state.options.trace) self->state.options.trace(text);
}

effect_error error(consequence kind, std::string message) {
  return {kind, model::make_failure(failure_code::internal, std::move(message))};
}

// False once the stream is over: its reader has left, or the service and its environment are gone.
bool feed(self_ptr self, follower& f) {
  const auto name = model::object_names::service(f.what.environment, f.what.service);
  const auto& swarm = *self->state.swarm;
  if (const auto it = swarm.logs().find(name); it != swarm.logs().end())
    for (const auto& line : it->second.lines) {
      if (line.number <= f.seen) continue;
      f.seen = line.number;
      if (log_sieve(f.what).fits(line) && !f.sink->line(line)) return false;
    }
  return swarm.services().contains(name);
}

// Lets the world live up to now, tells of what changed, and comes back at its next change.
void pump(self_ptr self) {
  auto& my = self->state;
  if (dead(self)) return;
  my.swarm->advance(my.options.now());
  for (auto& touched : my.swarm->take_touched()) {
    const bool dropped = my.faults->drops_event();
    if (my.options.trace)
      trace(self, "event " + touched.environment.text + ' ' + touched.service + (dropped ? " dropped" : ""));
    if (dropped || !my.observer) continue;
    if (touched.service.empty())
      self->send(my.observer, actors::environment_touched{touched.environment});
    else
      self->send(my.observer, std::move(touched));
  }
  std::erase_if(my.followers, [&](follower& f) {
    if (feed(self, f)) return false;
    if (f.sink->ended) f.sink->ended();
    f.sink->ended = nullptr;
    return true;
  });
  const auto next = my.swarm->next_change();
  if (!next || (my.pump_at && *my.pump_at <= *next)) return;
  my.pump_at = next;
  const auto wait = std::chrono::ceil<duration>(*next - my.swarm->now());
  actors::after(self, wait, [self, at = *next] {
    if (self->state.pump_at == at) self->state.pump_at.reset();
    pump(self);
  });
}

void list(self_ptr self) {
  auto& my = self->state;
  pump(self);
  if (!my.observer || my.faults->state() != reach::up || my.faults->draw("list") != fault::none) return;
  trace(self, "list");
  self->send(my.observer, actors::engine_listed{std::make_shared<const actors::engine_listing>(my.swarm->list())});
}

void audit(self_ptr self) {
  if (dead(self)) return;
  list(self);
  actors::after(self, self->state.options.audit, [self] { audit(self); });
}

// One call to Docker: `effect` does it and says what came of it, `finish` brings that to the asker (at once, or when it
// may).
template <class Answer>
auto call(
    self_ptr self, const char* what, const std::string& object, std::function<outcome<Answer, effect_error>()> effect,
    duration least, duration most,
    std::function<void(std::function<void()> answer)> finish = [](const std::function<void()>& answer) { answer(); }) {
  using result = outcome<Answer, effect_error>;
  auto& my = self->state;
  auto promise = self->template make_response_promise<result>();
  my.seen.note(self, what);
  if (dead(self)) return promise;
  auto& chance = my.faults->chance();
  const auto latency = chance.between(least, most);
  const auto long_latency = chance.between(most, std::max(most, my.options.slow_most));
  const auto deliver_later = [&](duration wait, result answer) {
    actors::after(self, wait, [self, promise, answer = std::move(answer)]() mutable {
      if (!dead(self)) promise.deliver(std::move(answer));
    });
  };
  const auto do_it = [self, effect]() {
    self->state.swarm->advance(self->state.options.now());
    auto answer = effect();
    pump(self);
    return answer;
  };
  const std::function<void(result)> conclude = [self, promise, finish](result answer) mutable {
    if (dead(self)) return;
    if (answer)
      finish([promise, answer]() mutable { promise.deliver(std::move(answer)); });
    else
      promise.deliver(std::move(answer));
  };
  const auto finish_later = [&](duration wait, result answer) {
    actors::after(self, wait, [conclude, answer = std::move(answer)]() mutable { conclude(std::move(answer)); });
  };
  const auto no_connection = error(consequence::unavailable, "Docker does not answer.");
  if (my.faults->state() != reach::up) {
    deliver_later(my.faults->state() == reach::down ? least : my.options.deadline, no_connection);
    return promise;
  }

  const auto f = my.faults->draw(what);
  if (my.options.trace)
    trace(self, std::string(what) + ' ' + object + (f == fault::none ? "" : " fault=" + std::string(fault_texts[f])));
  switch (f) {
    case fault::none: finish_later(latency, do_it()); break;
    case fault::slow:
      if (chance.happens(0.5)) {
        finish_later(long_latency, do_it());
      } else {
        actors::after(self, long_latency, [self, do_it, conclude]() mutable {
          if (!dead(self)) conclude(do_it());
        });
      }
      break;
    case fault::refused:
      deliver_later(latency,
                    chance.happens(0.5) ? no_connection : error(consequence::retry, "Docker failed to do it."));
      break;
    case fault::lost: do_it(); break;
    case fault::late:
      do_it();
      deliver_later(long_latency, error(consequence::unavailable, "The connection to Docker broke."));
      break;
    case fault::hang:
      if (chance.happens(0.5)) deliver_later(my.options.deadline, no_connection);
      break;
  }
  return promise;
}

// Answers when service and tasks are gone; no simulated task outlives its stop for long.
void when_gone(self_ptr self, const actors::remove_service& what, std::function<void()> answer) {
  if (dead(self)) return;
  pump(self);
  if (self->state.swarm->gone(what.environment, what.service)) return answer();
  constexpr duration pause{100};
  actors::after(self, pause, [=] { when_gone(self, what, answer); });
}

std::string service_name(const model::environment_id& e, std::string_view service) {
  return model::object_names::service(e, service);
}

engine_and_itself::behavior_type simulated_engine(self_ptr self, std::shared_ptr<simulated_swarm> swarm,
                                                  simulated_engine_options options) {
  auto& my = self->state;
  my.swarm = std::move(swarm);
  my.options = std::move(options);
  my.faults = my.options.faults ? my.options.faults : std::make_shared<fault_plan>();
  my.swarm->on_stirred([self, me = caf::actor_cast<caf::weak_actor_ptr>(self)] {
    if (auto alive = me.lock())
      caf::anon_send(caf::actor_cast<engine_and_itself>(alive), continuation{[self] { pump(self); }});
  });
  my.swarm->take_touched();  // events that nobody was there to hear
  actors::after(self, my.options.audit, [self] { audit(self); });
  const auto least = my.options.latency_least, most = my.options.latency_most;
  return {
      [=](actors::resolve_image& m) {
        const bool slow = behaviour_of(m.spec.image) == image_behaviour::slow;
        const auto& o = self->state.options;
        auto finish = [progress = m.progress](const std::function<void()>& answer) {
          if (progress) progress(100);
          answer();
        };
        if (m.progress) m.progress(0);
        return call<model::resolved_image>(
            self, "resolve_image", m.spec.image.text(),
            [spec = m.spec, hold = self->state.options.hold] { return resolve_simulated(spec, hold); },
            slow ? o.pull_most * 10 : o.pull_least, slow ? o.pull_most * 10 : o.pull_most, finish);
      },
      [=](const actors::look_up_image& m) {
        return call<model::image_prospect>(
            self, "look_up_image", m.image.text(), [=] { return look_up_simulated(m); }, least, most);
      },
      [=](const actors::list_nodes&) {
        return call<std::vector<model::node_size>>(
            self, "list_nodes", {}, [=] { return self->state.swarm->nodes(); }, least, most);
      },
      [=](const actors::check_registry_login& m) {
        return call<done>(
            self, "check_registry_login", m.login.registry, [=] { return check_simulated(m.login); }, least, most);
      },
      [=](const actors::ensure_network& m) {
        return call<actors::network_ready>(
            self, "ensure_network", model::object_names::network(m.environment),
            [=] { return actors::network_ready{self->state.swarm->ensure_network(m.environment)}; }, least, most);
      },
      [=](const actors::remove_network& m) {
        return call<done>(
            self, "remove_network", model::object_names::network(m.environment),
            [=] { return self->state.swarm->remove_network(m.environment); }, least, most);
      },
      [=](const actors::ensure_volumes& m) {
        return call<actors::volumes_ready>(
            self, "ensure_volumes", m.environment.text,
            [=] { return self->state.swarm->ensure_volumes(m.environment, m.names); }, least, most);
      },
      [=](const actors::remove_volumes& m) {
        return call<done>(
            self, "remove_volumes", m.environment.text,
            [=] { return self->state.swarm->remove_volumes(m.environment); }, least, most);
      },
      [=](const actors::list_volumes& m) {
        return call<std::vector<actors::engine_volume>>(
            self, "list_volumes", m.environment.text, [=] { return self->state.swarm->volumes(m.environment); }, least,
            most);
      },
      [=](const actors::remove_volume& m) {
        return call<done>(
            self, "remove_volume", m.environment.text,
            [=] { return self->state.swarm->remove_volume(m.environment, m.name); }, least, most);
      },
      [=](const actors::converge_service& m) {
        // As with Docker, what was read is what an update builds on: a late one does not overwrite another.
        const auto version = self->state.swarm->service_version(m.plan.environment, m.plan.spec.service);
        return call<model::service_observation>(
            self, "converge_service", service_name(m.plan.environment, m.plan.spec.service),
            [=, plan = m.plan, confirm = m.confirm] { return self->state.swarm->converge(plan, version, confirm); },
            least, most);
      },
      [=](const actors::remove_service& m) {
        // By Docker's id, so that a late removal does not meet a service made since.
        const auto& services = self->state.swarm->services();
        const auto name = service_name(m.environment, m.service);
        const auto it = services.find(name);
        const auto id = it == services.end() ? 0 : it->second.id;
        auto effect = [=]() -> outcome<done, effect_error> {
          const auto now = self->state.swarm->services().find(name);
          if (now != self->state.swarm->services().end() && now->second.id == id)
            self->state.swarm->remove_service(m.environment, m.service);
          return done{};
        };
        return call<done>(self, "remove_service", name, effect, least, most,
                          [=](std::function<void()> answer) { when_gone(self, m, std::move(answer)); });
      },
      [=](const actors::read_logs& m) {
        return call<actors::log_page>(
            self, "read_logs", m.deployment.text, [=] { return self->state.swarm->logs(m); }, least, most);
      },
      [=](const actors::follow_logs& m) {
        self->state.seen.note(self, "follow_logs");
        for (const auto& line : self->state.swarm->logs(m.what).lines)
          if (!m.sink->line(line)) {
            if (m.sink->ended) m.sink->ended();
            return;
          }
        follower f{m.what, m.sink, 0};
        const auto& logs = self->state.swarm->logs();
        if (const auto it = logs.find(service_name(m.what.environment, m.what.service)); it != logs.end())
          f.seen = it->second.last;
        self->state.followers.push_back(std::move(f));
        pump(self);
      },
      [=](actors::engine_status) {
        return call<actors::engine_info>(
            self, "engine_status", {},
            [] {
              return actors::engine_info{"simulated", "1.41", true, 0};
            },
            least, most);
      },
      [=](const actors::engine_observer& observer) {
        self->state.observer = observer;
        list(self);
      },
      [=](actors::describe) {
        actors::actor_card card;
        card.id = "engine";
        card.kind = "engine";
        card.parent = "orchestrator";
        card.state = "simulated";
        self->state.seen.fill(self, card);
        return card;
      },
      [=](continuation& m) { m.run(); },
  };
}

}  // namespace

actors::engine_actor spawn_simulated_engine(caf::actor_system& system, std::shared_ptr<simulated_swarm> swarm,
                                            simulated_engine_options options) {
  return system.spawn(simulated_engine, std::move(swarm), std::move(options));
}

}  // namespace troupe::docker
