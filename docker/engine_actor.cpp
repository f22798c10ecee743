#include "docker/engine_actor.hpp"

#include <array>

#include "config/logging.hpp"
#include "docker/engine.hpp"
#include "docker/event_stream.hpp"
#include "docker/worker_pool.hpp"

namespace troupe::docker {

struct audit_due {};  // a listing is to be made
struct events_reconnected {};
struct event_came {
  engine_event event;
};

using engine_front = actors::whole_engine_actor::extend<caf::reacts_to<job_done>, caf::reacts_to<audit_due>,
                                                        caf::reacts_to<events_reconnected>, caf::reacts_to<event_came>>;

}  // namespace troupe::docker

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::docker::audit_due)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::docker::events_reconnected)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::docker::event_came)

namespace troupe::docker {

namespace {

using namespace troupe::actors;  // the messages
using model::consequence;
using model::failure_code;
using model::make_failure;

enum pool : std::size_t { effects, pulls, readings, health, edge, pool_count };

struct engine_state {
  static inline const char* name = "engine";

  std::shared_ptr<engine> docker;
  std::unique_ptr<event_stream> stream;
  std::array<worker_pool, pool_count> pools{worker_pool{effects, 1024}, worker_pool{pulls, 1024},
                                            worker_pool{readings, 1024}, worker_pool{health, 64},
                                            worker_pool{edge, 1024}};
  std::vector<engine_observer> observers;
  edge_observer edge_keeper;
  decltype(engine_options::observe) observe;
  bool auditing = false;
  bool audit_again = false;
  std::uint64_t handled = 0;
  std::string last_message;
  std::string last_error;  // of the Engine: what a tenant's image or registry did wrong is that deployment's to tell
  caf::actor_clock::time_point last_at{}, last_error_at{};

  engine_state() = default;
  engine_state(const engine_state&) = delete;
  engine_state& operator=(const engine_state&) = delete;
  ~engine_state() {
    if (docker) docker->stop();  // breaks off what the workers wait for
    stream.reset();
  }
};

using self_pointer = engine_front::stateful_pointer<engine_state>;

void note(self_pointer self, const char* message) {
  ++self->state.handled;
  self->state.last_message = message;
  self->state.last_at = self->clock().now();
}

void note_error(self_pointer self, const effect_error& e) {
  self->state.last_error = e.what.message;
  self->state.last_error_at = self->clock().now();
}

effect_error queue_full() {
  return {consequence::unavailable,
          make_failure(failure_code::internal, "Too much is waiting for the container engine.")};
}

// Whose job one is: a user's pull, an environment's effect. The house's own has no owner.
const std::string no_owner;

// Runs `work(engine)` on a worker of the pool and answers the request with what it returns.
template <class T, class Work>
caf::typed_response_promise<outcome<T, effect_error>> on_worker(self_pointer self, pool which, const std::string& owner,
                                                                const char* message, Work work) {
  note(self, message);
  auto promise = self->template make_response_promise<outcome<T, effect_error>>();
  auto job = [docker = self->state.docker, promise, self, message, asked = self->clock().now(),
              work = std::move(work)]() -> std::function<void()> {
    auto result = std::make_shared<outcome<T, effect_error>>();
    try {
      *result = work(*docker);
    } catch (const std::exception& e) {  // a failpoint's, or no memory
      log::error("effect failed", {{"effect", std::string_view(message)}, {"error", std::string_view(e.what())}});
      *result = effect_error{consequence::retry, make_failure(failure_code::internal, "The effect was interrupted.")};
    }
    return [promise, self, result, message, asked]() mutable {  // on the front's turn
      if (const auto& observe = self->state.observe)
        observe(message, result->ok() ? "ok" : model::consequence_texts[result->error().kind],
                self->clock().now() - asked);
      if (!result->ok() && result->error().kind == consequence::unavailable) note_error(self, result->error());
      promise.deliver(std::move(*result));
    };
  };
  if (!self->state.pools[which].submit(self, owner, std::move(job)))
    promise.deliver(outcome<T, effect_error>(queue_full()));
  return promise;
}

void tell_edge(self_pointer self) {
  if (self->state.edge_keeper) self->send(self->state.edge_keeper, edge_touched{});
}

void audit(self_pointer self) {
  auto& state = self->state;
  if (state.auditing) {
    state.audit_again = true;
    return;
  }
  state.auditing =
      state.pools[readings].submit(self, no_owner, [docker = state.docker, self]() -> std::function<void()> {
        auto listing = std::make_shared<effect<engine_listing>>(docker->list());
        if (listing->ok()) docker->sweep();
        return [self, listing] {
          auto& s = self->state;
          s.auditing = false;
          if (listing->ok()) {
            const auto shared = std::make_shared<const engine_listing>(listing->value());
            for (const auto& observer : s.observers) self->send(observer, engine_listed{shared});
            tell_edge(self);
          } else {
            note_error(self, listing->error());
          }
          if (std::exchange(s.audit_again, false)) audit(self);
        };
      });
}

void tell(self_pointer self, const engine_event& event) {
  if (event.of_edge) return tell_edge(self);
  if (event.of_service) self->state.docker->forget(event.environment, event.service);
  for (const auto& observer : self->state.observers) {
    if (event.service.empty())
      self->send(observer, environment_touched{event.environment});
    else
      self->send(observer, service_touched{event.environment, event.service});
  }
}

void follow(self_pointer self, const follow_logs& wanted) {
  const auto id = self->state.stream->follow(wanted);
  if (!id) return;
  const bool queued = self->state.pools[readings].submit(
      self, wanted.what.environment.text,
      [docker = self->state.docker, self, wanted, follow_id = *id]() -> std::function<void()> {
        auto sources = std::make_shared<effect<log_sources>>(docker->sources_of(wanted.what));
        return [self, sources, follow_id] {
          if (sources->ok())
            self->state.stream->attach(follow_id, sources->value());
          else
            self->state.stream->end(follow_id);
        };
      });
  if (!queued) self->state.stream->end(*id);
}

actor_card card_of(self_pointer self) {
  const auto& s = self->state;
  std::size_t busy = 0, waiting = 0;
  for (const auto& p : s.pools) {
    busy += p.busy();
    waiting += p.waiting();
  }
  actor_card card;
  card.id = card.kind = "engine";
  card.state = busy == 0 ? "idle" : "busy";
  card.mailbox_depth = waiting;
  card.messages_handled = s.handled;
  card.last_message = s.last_message;
  card.last_message_age_ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(self->clock().now() - s.last_at).count();
  card.step = std::to_string(busy) + " calls under way";
  card.last_error = s.last_error;
  if (!s.last_error.empty())
    card.last_error_age_ms =
        std::chrono::duration_cast<std::chrono::milliseconds>(self->clock().now() - s.last_error_at).count();
  return card;
}

void start(self_pointer self, const engine_options& options) {
  auto& state = self->state;
  state.docker = std::make_shared<engine>(options);
  state.observe = options.observe;
  const auto front = caf::actor_cast<engine_front>(self);
  const auto count =
      std::array{options.workers, options.pull_workers, options.reading_workers, std::size_t{1}, options.edge_workers};
  for (std::size_t p = 0; p < pool_count; ++p) {
    state.pools[p] = worker_pool{p, p == health ? 64 : options.queue_limit};
    state.pools[p].start(self, pool_owner(front), count[p]);
  }
  // Weak: the stream's thread must not keep the front alive.
  const auto address = caf::actor_cast<caf::actor_addr>(front);
  const auto send = [address](auto message) {
    if (const auto strong = caf::actor_cast<engine_front>(address)) caf::anon_send(strong, std::move(message));
  };
  state.stream = std::make_unique<event_stream>(
      state.docker->api(), options.instance, options.most_followed,
      event_listener{[send](const engine_event& e) { send(event_came{e}); }, [send] { send(events_reconnected{}); }});
  self->delayed_send(self, options.audit, audit_due{});
}

engine_front::behavior_type front(self_pointer self, const engine_options& options) {
  start(self, options);
  return {
      [self](const resolve_image& m) {
        return on_worker<model::resolved_image>(self, pulls, m.owner.text, "resolve_image",
                                                [m](engine& e) { return e.resolve_image(m); });
      },
      [self](const ensure_network& m) {
        return on_worker<network_ready>(self, effects, m.environment.text, "ensure_network",
                                        [m](engine& e) { return e.ensure_network(m); });
      },
      [self](const remove_network& m) {
        return on_worker<model::done>(self, effects, m.environment.text, "remove_network",
                                      [m](engine& e) { return e.remove_network(m); });
      },
      [self](const ensure_volumes& m) {
        return on_worker<volumes_ready>(self, effects, m.environment.text, "ensure_volumes",
                                        [m](engine& e) { return e.ensure_volumes(m); });
      },
      [self](const remove_volumes& m) {
        return on_worker<model::done>(self, effects, m.environment.text, "remove_volumes",
                                      [m](engine& e) { return e.remove_volumes(m); });
      },
      [self](const converge_service& m) {
        return on_worker<model::service_observation>(self, effects, m.plan.environment.text, "converge_service",
                                                     [m](engine& e) { return e.converge_service(m); });
      },
      [self](const remove_service& m) {
        return on_worker<model::done>(self, effects, m.environment.text, "remove_service",
                                      [m](engine& e) { return e.remove_service(m); });
      },
      [self](const read_logs& m) {
        return on_worker<std::vector<log_line>>(self, readings, m.environment.text, "read_logs",
                                                [m](engine& e) { return e.read_logs(m); });
      },
      [self](const follow_logs& m) {
        note(self, "follow_logs");
        follow(self, m);
      },
      [self](engine_status) {
        return on_worker<engine_info>(self, health, no_owner, "engine_status", [](engine& e) { return e.status(); });
      },
      [self](const engine_observer& observer) {
        note(self, "observe");
        self->state.observers.push_back(observer);
        audit(self);
      },
      [self](inspect_edge) {
        return on_worker<edge_container>(self, effects, no_owner, "inspect_edge",
                                         [](engine& e) { return e.inspect_edge(); });
      },
      [self](const attach_edge& m) {
        return on_worker<model::done>(self, effects, no_owner, "attach_edge",
                                      [m](engine& e) { return e.attach_edge(m); });
      },
      [self](const detach_edge& m) {
        return on_worker<model::done>(self, effects, no_owner, "detach_edge",
                                      [m](engine& e) { return e.detach_edge(m); });
      },
      [self](const upload_to_edge& m) {
        return on_worker<model::done>(self, effects, no_owner, "upload_to_edge",
                                      [m](engine& e) { return e.upload_to_edge(m); });
      },
      [self](const run_in_edge& m) {
        return on_worker<edge_output>(self, edge, no_owner, "run_in_edge", [m](engine& e) { return e.run_in_edge(m); });
      },
      [self](const edge_observer& keeper) {
        note(self, "observe");
        self->state.edge_keeper = keeper;
        tell_edge(self);
      },
      [self](describe) { return card_of(self); },
      [self](const job_done& done) {
        self->state.pools[done.pool].finished(self, done.worker);
        done.finish();
      },
      [self, every = options.audit](audit_due) {
        audit(self);
        self->delayed_send(self, every, audit_due{});
      },
      [self](events_reconnected) {
        self->state.docker->forget_all();
        audit(self);
      },
      [self](const event_came& e) {
        note(self, "event");
        tell(self, e.event);
      },
  };
}

}  // namespace

actors::whole_engine_actor spawn_engine(caf::actor_system& system, engine_options options) {
  return system.spawn(front, options);
}

}  // namespace troupe::docker
