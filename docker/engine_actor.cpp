#include "docker/engine_actor.hpp"

#include <array>

#include "config/logging.hpp"
#include "docker/engine.hpp"
#include "docker/event_stream.hpp"
#include "docker/worker_pool.hpp"

namespace troupe::docker {

struct audit_due {};  // a listing is to be made
struct events_reconnected {};
struct events_lost {};
struct reach_due {};  // while the Engine does not answer: to be asked again
struct event_came {
  engine_event event;
};

using engine_front = actors::whole_engine_actor::extend<caf::reacts_to<job_done>, caf::reacts_to<audit_due>,
                                                        caf::reacts_to<events_reconnected>, caf::reacts_to<event_came>,
                                                        caf::reacts_to<events_lost>, caf::reacts_to<reach_due>>;

}  // namespace troupe::docker

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::docker::audit_due)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::docker::events_reconnected)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::docker::event_came)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::docker::events_lost)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::docker::reach_due)

namespace troupe::docker {

namespace {

using namespace troupe::actors;  // the messages
using model::consequence;
using model::failure_code;
using model::make_failure;

enum pool : std::size_t { effects, pulls, lookups, readings, health, edge, pool_count };

struct engine_state {
  static inline const char* name = "engine";

  std::shared_ptr<engine> docker;
  std::shared_ptr<log_shelf> shelf;  // null: logs are not kept
  std::shared_ptr<log_keeper> keeper;
  std::unique_ptr<event_stream> stream;
  engine_reach reach;
  bool asking_reach = false, reach_is_due = false;
  model::wall_clock now;
  std::array<worker_pool, pool_count> pools{worker_pool{effects, 1024}, worker_pool{pulls, 1024},
                                            worker_pool{lookups, 1024}, worker_pool{readings, 1024},
                                            worker_pool{health, 64},    worker_pool{edge, 1024}};
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
    keeper.reset();
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

void look_soon(self_pointer self) {
  constexpr model::duration pause{2'000};
  if (!std::exchange(self->state.reach_is_due, true)) self->delayed_send(self, pause, reach_due{});
}

// One line in the log when the Engine goes and one when it is back; who waits for it is told each time.
void set_reach(self_pointer self, bool answers, const std::string& last_answer) {
  auto& state = self->state;
  state.docker->note_absence(!answers);  // also where it was away for less than it takes to notice
  if (state.reach.answers == answers) return;
  const auto now = state.now();
  if (answers)
    log::info("the Docker Engine answers again",
              {{"awaySeconds", std::chrono::duration_cast<std::chrono::seconds>(now - state.reach.since).count()}});
  else
    log::warn("the Docker Engine does not answer", {{"detail", last_answer}});
  state.reach = {answers, now, answers ? std::string() : last_answer};
  if (!answers) look_soon(self);  // and again, until it is back
  for (const auto& observer : state.observers) self->send(observer, state.reach);
}

// Whether an effect's end tells that it is away: `unavailable` is the Engine's alone. That it is back is told by a
// whole listing alone: an Engine without a working manager answers some calls.
void learn_of_absence(self_pointer self, const effect_error* failed, bool in_a_hurry = false) {
  if (failed == nullptr || failed->kind != consequence::unavailable || self->state.docker->is_stopped()) return;
  note_error(self, *failed);
  // A health check waits for less than a second, and a lookup for what is left of its plan's time: an Engine that is
  // slow is not away.
  if (in_a_hurry && failed->what.code == failure_code::timed_out) return;
  set_reach(self, false, failed->what.message);
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
  auto job = [docker = self->state.docker, promise, self, message, which, asked = self->clock().now(),
              work = std::move(work)]() -> std::function<void()> {
    auto result = std::make_shared<outcome<T, effect_error>>();
    try {
      *result = work(*docker);
    } catch (const std::exception& e) {  // a failpoint's, or no memory
      log::error("effect failed", {{"effect", std::string_view(message)}, {"error", std::string_view(e.what())}});
      *result = effect_error{consequence::retry, make_failure(failure_code::internal, "The effect was interrupted.")};
    }
    return [promise, self, result, message, asked, which]() mutable {  // on the front's turn
      if (const auto& observe = self->state.observe)
        observe(message, result->ok() ? "ok" : model::consequence_texts[result->error().kind],
                self->clock().now() - asked);
      learn_of_absence(self, result->ok() ? nullptr : &result->error(), which == health || which == lookups);
      promise.deliver(std::move(*result));
    };
  };
  if (!self->state.pools[which].submit(self, owner, std::move(job)))
    promise.deliver(outcome<T, effect_error>(queue_full()));
  return promise;
}

// Of files, whether Docker answers or not.
caf::typed_response_promise<outcome<log_page, effect_error>> read_kept(self_pointer self, const read_logs& wanted) {
  note(self, "read_logs");
  auto promise = self->make_response_promise<outcome<log_page, effect_error>>();
  if (!self->state.shelf) {
    promise.deliver(outcome<log_page, effect_error>(log_page{}));
    return promise;
  }
  auto job = [shelf = self->state.shelf, promise, wanted]() -> std::function<void()> {
    auto page = std::make_shared<outcome<log_page, effect_error>>(shelf->read(wanted));
    return [promise, page]() mutable { promise.deliver(std::move(*page)); };
  };
  if (!self->state.pools[readings].submit(self, wanted.environment.text, std::move(job)))
    promise.deliver(outcome<log_page, effect_error>(queue_full()));
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
        const auto asked_at = std::chrono::steady_clock::now();
        auto listing = std::make_shared<effect<engine_listing>>(docker->list());
        auto logs = listing->ok() ? std::make_shared<effect<std::vector<log_source>>>(docker->log_sources()) : nullptr;
        if (listing->ok()) docker->sweep();
        return [self, listing, logs, asked_at] {
          auto& s = self->state;
          s.auditing = false;
          if (listing->ok())
            set_reach(self, true, {});
          else
            learn_of_absence(self, &listing->error());
          if (!s.reach.answers) look_soon(self);
          if (logs && *logs && s.keeper) s.keeper->listed(std::move(logs->value()), asked_at);
          if (listing->ok()) {
            const auto shared = std::make_shared<const engine_listing>(listing->value());
            for (const auto& observer : s.observers) self->send(observer, engine_listed{shared});
            tell_edge(self);
          }
          if (std::exchange(s.audit_again, false)) audit(self);
        };
      });
}

void tell(self_pointer self, const engine_event& event) {
  if (event.of_edge) return tell_edge(self);
  if (event.of_service) self->state.docker->forget(event.environment, event.service);
  if (event.of_service && event.action == "remove" && self->state.shelf)
    self->state.shelf->end_followers({event.environment, event.service});
  for (const auto& observer : self->state.observers) {
    if (event.service.empty())
      self->send(observer, environment_touched{event.environment});
    else
      self->send(observer, service_touched{event.environment, event.service});
  }
}

// Asked in short; once it answers, everything is looked at again.
void ask_reach(self_pointer self) {
  auto& state = self->state;
  if (std::exchange(state.asking_reach, true)) return;
  const bool queued =
      state.pools[health].submit(self, no_owner, [docker = state.docker, self]() -> std::function<void()> {
        auto status = std::make_shared<effect<engine_info>>(docker->status());
        return [self, status] {
          auto& s = self->state;
          s.asking_reach = false;
          if (status->ok()) return audit(self);
          learn_of_absence(self, &status->error(), true);
          if (!s.reach.answers) look_soon(self);
        };
      });
  if (!queued) state.asking_reach = false;
}

void follow(self_pointer self, const follow_logs& wanted) {
  const auto end = [wanted] {
    if (wanted.sink && wanted.sink->ended) wanted.sink->ended();
  };
  if (!self->state.shelf || !wanted.sink) return end();
  const bool queued = self->state.pools[readings].submit(
      self, wanted.what.environment.text, [shelf = self->state.shelf, wanted]() -> std::function<void()> {
        shelf->follow(wanted.what, wanted.sink);
        return [] {};
      });
  if (!queued) end();
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
  const auto count = std::array{options.workers,         options.pull_workers, options.lookup_workers,
                                options.reading_workers, std::size_t{1},       options.edge_workers};
  for (std::size_t p = 0; p < pool_count; ++p) {
    state.pools[p] = worker_pool{p, p == health ? 64 : options.queue_limit};
    state.pools[p].start(self, pool_owner(front), count[p]);
  }
  // Weak: the stream's thread must not keep the front alive.
  const auto address = caf::actor_cast<caf::actor_addr>(front);
  const auto send = [address](auto message) {
    if (const auto strong = caf::actor_cast<engine_front>(address)) caf::anon_send(strong, std::move(message));
  };
  state.now = options.now;
  if (!options.shelf.directory.empty()) {
    state.shelf = std::make_shared<log_shelf>(options.shelf);
    state.keeper = std::make_shared<log_keeper>(state.docker->api(), state.shelf, options.keeping);
    state.docker->before_removal([keeper = std::weak_ptr(state.keeper)](const std::vector<log_source>& which) {
      constexpr std::chrono::milliseconds longest{3'000};
      if (const auto alive = keeper.lock(); alive && !alive->settle(which, longest))
        log::warn("a container is removed whose log may not be kept to its end",
                  {{"containerId", which.front().container.substr(0, short_id)}});
    });
  }
  const auto on_event = [send, keeper = state.keeper](const engine_event& e) {
    if (keeper && e.action == "start" && !e.container.empty() && !e.environment.empty())
      keeper->started({e.container, e.task_name, e.environment, e.service, e.deployment, true});
    send(event_came{e});
  };
  state.stream = std::make_unique<event_stream>(
      state.docker->api(), options.instance,
      event_listener{on_event, [send] { send(events_reconnected{}); }, [send] { send(events_lost{}); }});
  self->delayed_send(self, options.audit, audit_due{});
}

engine_front::behavior_type front(self_pointer self, const engine_options& options) {
  start(self, options);
  return {
      [self](const resolve_image& m) {
        return on_worker<model::resolved_image>(self, pulls, m.owner.text, "resolve_image",
                                                [m](engine& e) { return e.resolve_image(m); });
      },
      [self](const look_up_image& m) {
        return on_worker<model::image_prospect>(
            self, lookups, m.owner.text, "look_up_image",
            [m, until = std::chrono::steady_clock::now() + m.patience](engine& e) {
              auto rest = m;  // of its patience, some may have gone by in the queue
              rest.patience = std::chrono::duration_cast<model::duration>(until - std::chrono::steady_clock::now());
              return e.look_up_image(rest);
            });
      },
      [self](const list_nodes& m) {
        return on_worker<std::vector<model::node_size>>(self, lookups, m.owner.text, "list_nodes",
                                                        [](engine& e) { return e.list_nodes(); });
      },
      [self](const check_registry_login& m) {
        return on_worker<model::done>(self, pulls, m.owner.text, "check_registry_login",
                                      [m](engine& e) { return e.check_registry_login(m); });
      },
      [self](const ensure_network& m) {
        return on_worker<network_ready>(self, effects, m.environment.text, "ensure_network",
                                        [m](engine& e) { return e.ensure_network(m); });
      },
      [self](const remove_network& m) {
        return on_worker<model::done>(self, effects, m.environment.text, "remove_network",
                                      [m, shelf = self->state.shelf](engine& e) {
                                        auto removed = e.remove_network(m);
                                        if (removed && shelf) shelf->drop(m.environment);  // nothing of it is left
                                        return removed;
                                      });
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
      [self](const list_volumes& m) {
        if (self->state.docker->wants_measuring())
          self->state.pools[readings].submit(self, no_owner, [docker = self->state.docker]() -> std::function<void()> {
            docker->measure_volumes();
            return [] {};
          });
        return on_worker<std::vector<engine_volume>>(self, readings, m.environment.text, "list_volumes",
                                                     [m](engine& e) { return e.list_volumes(m); });
      },
      [self](const remove_volume& m) {
        return on_worker<model::done>(self, effects, m.environment.text, "remove_volume",
                                      [m](engine& e) { return e.remove_volume(m); });
      },
      [self](const read_logs& m) { return read_kept(self, m); },
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
        if (!self->state.reach.answers) self->send(observer, self->state.reach);
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
      [self](events_lost) {
        self->state.docker->note_absence(true);
        ask_reach(self);
      },
      [self](reach_due) {
        self->state.reach_is_due = false;
        if (!self->state.reach.answers) ask_reach(self);
      },
  };
}

}  // namespace

actors::whole_engine_actor spawn_engine(caf::actor_system& system, engine_options options) {
  return system.spawn(front, options);
}

}  // namespace troupe::docker
