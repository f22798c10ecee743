#include "persistence/database.hpp"

#include <algorithm>
#include <deque>

#include "actors/conversation.hpp"
#include "config/logging.hpp"
#include "persistence/application_rows.hpp"
#include "persistence/queries.hpp"
#include "persistence/registry_logins.hpp"
#include "persistence/sealed_variables.hpp"
#include "persistence/worker.hpp"

namespace troupe::persistence {

using namespace std::chrono_literals;
using model::consequence;
using model::done;
using model::outcome;
using model::problem;
using time_point = std::chrono::steady_clock::time_point;

namespace {

using tick_atom = caf::atom_constant<caf::atom("tick")>;
using front_actor = actors::whole_database_actor::extend<caf::reacts_to<report>, caf::reacts_to<tick_atom>>;

constexpr auto tick_every = 50ms;
constexpr auto patience_while_away = 1'000ms;
constexpr auto pause_of_forgetting = 200ms;
constexpr auto seal_pause = 20ms;
constexpr auto seal_patience = 10s;  // after one that failed
constexpr int load_factor = 12;

struct slot {
  worker_actor worker;
  std::shared_ptr<socket_guard> guard = std::make_shared<socket_guard>();
  bool busy = false;
  jobs in_flight;
  time_point since{};     // the assignment's or, while idle, its end
  time_point ready_at{};  // after a failure
  std::uint32_t failures = 0;
  std::uint64_t connections = 0;
};

struct front_state {
  database_options options;
  std::function<void(std::string)> on_fenced;
  std::deque<job_ptr> writes, reads;
  slot writer;
  std::vector<slot> readers;
  bool away = false;  // PostgreSQL, as far as the last attempt knows
  bool fenced = false;
  time_point sweep_at{}, forget_at{}, seal_at{};
  std::shared_ptr<history_pass> pass = std::make_shared<history_pass>();
  std::weak_ptr<job> forgetting;      // a step that is under way
  std::string sealed_up_to;           // the last deployment that was, by id
  std::optional<time_point> closing;  // by when it must be closed
  actors::activity activity;
  static inline const char* name = "database";

  ~front_state() {
    // Also when the actor is killed: detached threads would outlive it, and hang the system's end.
    each_slot([](slot& s) {
      s.guard->interrupt();
      caf::anon_send_exit(s.worker, caf::exit_reason::user_shutdown);
    });
  }

  template <class F>
  void each_slot(F f) {
    f(writer);
    for (auto& r : readers) f(r);
  }
};
using front = front_actor::stateful_pointer<front_state>;

problem full() {
  return {consequence::unavailable, "too much waits for the database", {}, 2};
}
problem taken_over() {
  return {consequence::unavailable, "another engine serves this database now", {}, 2};
}
problem closing_down() {
  return {consequence::unavailable, "the engine is shutting down", {}, 2};
}

void answer(job& j, const problem& why) {
  if (j.answered) return;
  j.answered = true;
  j.deliver(why);
}

void assign(front self, slot& s, jobs batch) {
  s.busy = true;
  s.since = self->clock().now();
  s.in_flight = batch;
  self->send(s.worker, assignment{std::move(batch), [to = caf::actor_cast<front_actor>(self)](report r) {
                                    caf::anon_send(to, std::move(r));
                                  }});
}

jobs take(std::deque<job_ptr>& queue, std::size_t most) {
  jobs out;
  while (!queue.empty() && out.size() < most) {
    if (!queue.front()->answered) out.push_back(std::move(queue.front()));
    queue.pop_front();
  }
  return out;
}

bool ready(const slot& s, time_point now) {
  return !s.busy && s.ready_at <= now;
}

void dispatch(front self) {
  auto& st = self->state;
  const auto now = self->clock().now();
  if (!st.fenced && ready(st.writer, now)) {
    auto batch = take(st.writes, st.options.batch_limit);
    if (!batch.empty() || (st.options.claim && !st.closing && now - st.writer.since >= st.options.heartbeat))
      assign(self, st.writer, std::move(batch));
  }
  for (std::size_t i = 0; i < st.readers.size() && !st.reads.empty(); ++i) {
    if (!ready(st.readers[i], now)) continue;
    auto batch = take(st.reads, 1);
    if (!batch.empty()) assign(self, st.readers[i], std::move(batch));
  }
}

template <class T>
caf::typed_response_promise<outcome<T>> submit(front self, std::deque<job_ptr>& queue,
                                               const std::shared_ptr<job_of<T>>& job, int factor = 1) {
  auto& st = self->state;
  const auto promise = job->answer;
  if (st.closing) {
    answer(*job, closing_down());
  } else if (st.fenced && &queue == &st.writes) {
    answer(*job, taken_over());
  } else if (queue.size() >= st.options.queue_limit) {
    answer(*job, full());
  } else {
    job->allowance = st.options.timeout * factor;
    job->deadline =
        self->clock().now() +
        (st.away ? std::min<std::chrono::milliseconds>(job->allowance, patience_while_away) : job->allowance);
    queue.push_back(job);
    dispatch(self);
  }
  return promise;
}

// A write that nobody has asked for.
void add_own(front_state& st, job_ptr job, time_point now) {
  job->deadline = now + st.options.timeout;
  job->allowance = st.options.timeout;
  st.writes.push_back(std::move(job));
}

// Rows of before there were keys are sealed beside the house's work: one small write at a time.
struct seal_job : job_of<std::string> {
  seal_job(const keyring_ptr& keys, std::string after, std::function<void(std::optional<std::string>)> then)
      : job_of({},
               [keys, after = std::move(after)](pqxx::transaction_base& tx) -> outcome<std::string> {
                 return seal_some_variables(tx, *keys, after);
               }),
        then_(std::move(then)) {}
  void deliver_staged() override { then_(staged->ok() ? std::optional(staged->value()) : std::nullopt); }
  void deliver(model::problem) override { then_(std::nullopt); }

private:
  std::function<void(std::optional<std::string> last)> then_;  // nothing: it failed
};

void seal_more(front self, time_point now) {
  auto& st = self->state;
  if (!st.options.keys || now < st.seal_at) return;
  st.seal_at = time_point::max();  // until this one has ended
  auto job =
      std::make_shared<seal_job>(st.options.keys, st.sealed_up_to, [self](const std::optional<std::string>& last) {
        auto& mine = self->state;
        if (last && last->empty()) {
          if (!mine.sealed_up_to.empty()) log::info("the variables of all releases are sealed");
          return;
        }
        if (last) mine.sealed_up_to = *last;
        mine.seal_at = self->clock().now() + (last ? seal_pause : seal_patience);
      });
  add_own(st, std::move(job), now);
}

// Once it is committed, and before it is answered, the book has it.
template <class T>
struct booked_job : job_of<T> {
  using entry = std::function<void(const T&)>;
  booked_job(typename job_of<T>::promise p, typename job_of<T>::work w, entry e)
      : job_of<T>(std::move(p), std::move(w)), enter_(std::move(e)) {}
  void note_finished() override {
    if (this->staged->ok()) enter_(this->staged->value());
  }

private:
  entry enter_;
};

caf::typed_response_promise<outcome<model::registry_login>> put_login(front self, actors::put_registry_login& q) {
  auto& st = self->state;
  st.activity.note(self, "put_registry_login");
  auto work = [q, keys = st.options.keys](pqxx::transaction_base& tx) -> outcome<model::registry_login> {
    if (!keys) return problem{consequence::rejected, "nothing can be sealed here", {}, 0};
    return queries::answer(tx, *keys, q);
  };
  auto enter = [owner = q.owner, book = st.options.logins](const model::registry_login& saved) {
    if (book) book->put(owner, saved);
  };
  auto job = std::make_shared<booked_job<model::registry_login>>(
      self->make_response_promise<outcome<model::registry_login>>(), std::move(work), std::move(enter));
  return submit<model::registry_login>(self, st.writes, job);
}

caf::typed_response_promise<outcome<done>> delete_login(front self, actors::delete_registry_login& q) {
  auto& st = self->state;
  st.activity.note(self, "delete_registry_login");
  auto enter = [q, book = st.options.logins](const done&) {
    if (book) book->erase(q.owner, q.registry);
  };
  auto job = std::make_shared<booked_job<done>>(
      self->make_response_promise<outcome<done>>(), [q](pqxx::transaction_base& tx) { return queries::answer(tx, q); },
      std::move(enter));
  return submit<done>(self, st.writes, job);
}

// A handler for a message that queries::answer answers.
template <class Q, class T>
auto handler(front self, std::deque<job_ptr>& queue, const char* name, int factor = 1) {
  return [self, &queue, name, factor](Q& q) {
    self->state.activity.note(self, name);
    auto work = [q = std::move(q), keys = self->state.options.keys](pqxx::transaction_base& tx) {
      if constexpr (requires(const opener& open) { queries::answer(tx, open, q); })
        return queries::answer(tx, opener(tx, keys), q);
      else
        return queries::answer(tx, q);
    };
    return submit<T>(self, queue,
                     std::make_shared<job_of<T>>(self->template make_response_promise<outcome<T>>(), std::move(work)),
                     factor);
  };
}

caf::typed_response_promise<outcome<done>> on_save(front self, actors::save& what) {
  auto& st = self->state;
  st.activity.note(self, "save");
  auto job = std::make_shared<save_job>(self->make_response_promise<outcome<done>>(), std::move(what));
  if (!st.options.claim) {
    answer(*job, {consequence::rejected, "this process does not own the database's deployments", {}, 0});
    return job->answer;
  }
  return submit<done>(self, st.writes, job);
}

void on_report(front self, const report& r) {
  auto& st = self->state;
  auto& s = r.worker == 0 ? st.writer : st.readers.at(r.worker - 1);
  auto& queue = r.worker == 0 ? st.writes : st.reads;
  const auto now = self->clock().now();
  s.busy = false;
  if (st.options.observe && r.worker == 0 && !s.in_flight.empty())
    st.options.observe(s.in_flight.size(), now - s.since, r.ok);
  s.since = now;
  s.connections = r.connections;
  for (const auto& job : s.in_flight)
    if (job->finished) job->note_finished();
  for (auto job = s.in_flight.rbegin(); job != s.in_flight.rend(); ++job) {
    if ((*job)->answered) continue;
    if ((*job)->finished) {
      (*job)->answered = true;
      (*job)->deliver_staged();
    } else {
      queue.push_front(std::move(*job));
    }
  }
  s.in_flight.clear();
  if (r.ok) {
    if (st.away) log::info("the database answers again");
    st.away = false;
    s.failures = 0;
    return;
  }
  st.activity.last_error = r.error;
  if (r.fenced && !st.fenced) {
    log::error("another engine took the database over: nothing is written any more");
    st.fenced = true;
    if (st.on_fenced) st.on_fenced(r.error);
    for (const auto& job : take(st.writes, st.writes.size())) answer(*job, taken_over());
  }
  if (r.fenced) return;
  // The first failure may only mean that the connection was old: the next attempt, at once, tells.
  s.ready_at = s.failures == 0
                   ? now
                   : now + std::min<std::chrono::milliseconds>(50ms * (1 << std::min(s.failures, 5U)), 1'000ms);
  if (s.failures++ == 0) return;
  if (!st.away) log::warn("the database is not reachable", {{"error", r.error}});
  st.away = true;
}

void finish_closing(front self) {
  auto& st = self->state;
  const bool idle = st.writes.empty() && st.reads.empty() && !st.writer.busy &&
                    std::none_of(st.readers.begin(), st.readers.end(), [](const slot& s) { return s.busy; });
  if (!idle && self->clock().now() < *st.closing) return;
  st.each_slot([](slot& s) {
    for (const auto& job : s.in_flight) answer(*job, closing_down());
  });
  for (auto* queue : {&st.writes, &st.reads})
    for (const auto& job : *queue) answer(*job, closing_down());
  self->quit(caf::exit_reason::user_shutdown);
}

// One step after the other, a while apart, and then a pause: others' writes wait for none of it long.
void forget_some(front_state& st, time_point now) {
  if (now < st.forget_at || !st.forgetting.expired()) return;
  if (std::exchange(st.pass->done, false)) {
    st.pass = std::make_shared<history_pass>();
    st.forget_at = now + st.options.forget_every;
    return;
  }
  st.forget_at = now + pause_of_forgetting;
  auto job = std::make_shared<job_of<done>>(
      caf::typed_response_promise<outcome<done>>{},
      [kept = st.options.kept, pass = st.pass](queries::tx& t) { return forget_old_history(t, kept, *pass); });
  st.forgetting = job;
  add_own(st, std::move(job), now);
}

void sweep(front_state& st, time_point now) {
  if (now < st.sweep_at) return;
  st.sweep_at = now + st.options.sweep_every;
  add_own(st,
          std::make_shared<job_of<done>>(caf::typed_response_promise<outcome<done>>{},
                                         [keys = st.options.keys](queries::tx& t) {
                                           if (keys) keys->keep_file(t);
                                           return queries::sweep_idempotent_answers(t);
                                         }),
          now);
}

// What the engine that holds the claim does beside what it is asked for.
void do_own_work(front self, time_point now) {
  auto& st = self->state;
  if (!st.options.claim || st.closing || st.fenced || st.away) return;
  sweep(st, now);
  forget_some(st, now);
  seal_more(self, now);
}

void on_tick(front self) {
  auto& st = self->state;
  const auto now = self->clock().now();
  const auto expire = [&](const job_ptr& job) {
    if (job->deadline <= now) answer(*job, unreachable());
    return job->answered;
  };
  for (auto* queue : {&st.writes, &st.reads}) std::erase_if(*queue, expire);
  st.each_slot([&](slot& s) {
    if (!s.busy) return;
    auto allowance = s.in_flight.empty() ? st.options.timeout : 0ms;
    for (const auto& job : s.in_flight) {
      expire(job);
      allowance = std::max(allowance, job->allowance);
    }
    if (now - s.since >= allowance) s.guard->interrupt();
  });
  do_own_work(self, now);
  dispatch(self);
  if (st.closing) finish_closing(self);
  self->delayed_send(self, tick_every, tick_atom::value);
}

actors::actor_card card(front self) {
  auto& st = self->state;
  actors::actor_card out;
  out.id = out.kind = "database";
  st.activity.fill(self, out);
  out.mailbox_depth += st.writes.size() + st.reads.size();
  out.state = st.fenced ? "fenced" : st.away ? "away" : st.closing ? "closing" : "serving";
  if (st.writer.busy) {
    out.step = "writing " + std::to_string(st.writer.in_flight.size());
    const auto left = st.writer.since + st.options.timeout - self->clock().now();
    out.deadline_ms = std::chrono::duration_cast<std::chrono::milliseconds>(left).count();
  }
  // The first connection of each is no restart; the writer's came with its claim.
  std::uint64_t reconnects = st.writer.connections - (st.options.claim || st.writer.connections == 0 ? 0 : 1);
  for (const auto& r : st.readers) reconnects += r.connections - (r.connections == 0 ? 0 : 1);
  out.restarts = static_cast<std::uint32_t>(reconnects);
  return out;
}

front_actor::behavior_type database(front self, const database_options& options,
                                    const std::function<void(std::string)>& on_fenced) {
  auto& st = self->state;
  st.options = options;
  st.on_fenced = on_fenced;
  const auto now = self->clock().now();
  st.writer.since = now;
  st.forget_at = now + std::min(options.sweep_every, options.forget_every);  // the start has other things to do
  st.writer.worker = spawn_worker(
      self->system(), 0,
      std::make_unique<writer_executor>(options.url, options.timeout, st.writer.guard, options.claim, options.keys));
  st.readers.resize(std::max<std::size_t>(options.readers, 1));
  for (std::size_t i = 0; i < st.readers.size(); ++i)
    st.readers[i].worker =
        spawn_worker(self->system(), i + 1,
                     std::make_unique<reader_executor>(options.url, options.timeout, options.timeout * load_factor,
                                                       st.readers[i].guard));
  self->set_exit_handler([self](const caf::exit_msg&) {
    if (!self->state.closing) self->state.closing = self->clock().now() + self->state.options.timeout;
    finish_closing(self);
  });
  self->delayed_send(self, tick_every, tick_atom::value);

  using namespace actors;
  auto& reads = st.reads;
  auto& writes = st.writes;
  return {
      [self](save& what) { return on_save(self, what); },
      handler<load_living, living_rows>(self, reads, "load_living", load_factor),
      handler<load_environment, living_rows>(self, reads, "load_environment"),
      handler<find_deployment, stored_deployment>(self, reads, "find_deployment"),
      handler<list_deployments, std::vector<stored_deployment>>(self, reads, "list_deployments"),
      handler<list_recent_deployments, std::vector<stored_deployment>>(self, reads, "list_recent_deployments"),
      handler<list_own_deployments, std::vector<stored_deployment>>(self, reads, "list_own_deployments"),
      handler<list_ended_services, std::vector<stored_deployment>>(self, reads, "list_ended_services"),
      handler<list_environments, std::vector<model::environment>>(self, reads, "list_environments"),
      handler<find_predecessor, stored_deployment>(self, reads, "find_predecessor"),
      handler<find_application, application_view_ptr>(self, reads, "find_application"),
      handler<list_applications, std::vector<application_view_ptr>>(self, reads, "list_applications"),
      handler<list_dependencies, model::dependencies>(self, reads, "list_dependencies"),
      handler<list_transitions, std::vector<model::transition>>(self, reads, "list_transitions"),
      handler<list_lines, std::vector<model::transition>>(self, reads, "list_lines"),
      handler<ensure_user, model::user_id>(self, writes, "ensure_user"),
      handler<insert_key, done>(self, writes, "insert_key"),
      handler<find_key, model::api_key>(self, reads, "find_key"),
      handler<list_keys, std::vector<model::api_key>>(self, reads, "list_keys"),
      handler<revoke_key, done>(self, writes, "revoke_key"),
      handler<touch_keys, done>(self, writes, "touch_keys"),
      handler<claim_idempotency, idempotency_claim>(self, writes, "claim_idempotency"),
      handler<store_idempotent_answer, done>(self, writes, "store_idempotent_answer"),
      handler<release_idempotency, done>(self, writes, "release_idempotency"),
      handler<insert_magic_link, done>(self, writes, "insert_magic_link"),
      handler<find_magic_link, done>(self, reads, "find_magic_link"),
      handler<spend_magic_link, model::api_key>(self, writes, "spend_magic_link"),
      [self](put_registry_login& q) { return put_login(self, q); },
      [self](delete_registry_login& q) { return delete_login(self, q); },
      handler<database_status, std::uint64_t>(self, reads, "database_status"),
      handler<ensure_telegram_account, telegram_account>(self, writes, "ensure_telegram_account"),
      handler<insert_telegram_invite, done>(self, writes, "insert_telegram_invite"),
      handler<list_telegram_invites, std::vector<telegram_invite>>(self, reads, "list_telegram_invites"),
      handler<revoke_telegram_invite, done>(self, writes, "revoke_telegram_invite"),
      handler<set_telegram_notify, done>(self, writes, "set_telegram_notify"),
      handler<block_telegram_chat, done>(self, writes, "block_telegram_chat"),
      handler<find_telegram_chat, std::optional<std::int64_t>>(self, reads, "find_telegram_chat"),
      handler<accept_telegram_updates, std::vector<telegram_update>>(self, writes, "accept_telegram_updates"),
      handler<load_telegram_updates, std::vector<telegram_update>>(self, reads, "load_telegram_updates"),
      handler<finish_telegram_updates, done>(self, writes, "finish_telegram_updates"),
      handler<collect_deployment_notices, std::vector<deployment_notice>>(self, writes, "collect_deployment_notices"),
      handler<tell_deployment_notices, done>(self, writes, "tell_deployment_notices"),
      handler<load_sites, std::vector<model::site>>(self, reads, "load_sites", load_factor),
      handler<save_sites, done>(self, writes, "save_sites"),
      [self](const describe&) { return card(self); },
      [self](const report& r) {
        on_report(self, r);
        dispatch(self);
        if (self->state.closing) finish_closing(self);
      },
      [self](tick_atom) { on_tick(self); },
  };
}

}  // namespace

actors::whole_database_actor spawn_database(caf::actor_system& system, database_options options,
                                            std::function<void(std::string)> on_fenced) {
  // A thread of its own: everybody waits for it, so it must not wait its turn behind everybody.
  return system.spawn<caf::detached>(database, std::move(options), std::move(on_fenced));
}

}  // namespace troupe::persistence
