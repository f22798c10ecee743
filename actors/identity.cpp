#include "actors/identity.hpp"

#include <algorithm>
#include <deque>
#include <exception>
#include <map>
#include <sys/resource.h>
#include <unordered_map>
#include <vector>

#include "actors/secrets/bcrypt.hpp"
#include "actors/secrets/key_text.hpp"
#include "actors/secrets/link_token.hpp"
#include "actors/secrets/random.hpp"
#include "actors/secrets/try_limits.hpp"
#include "config/failpoint.hpp"
#include "config/logging.hpp"

namespace troupe::actors {

// An empty hash asks for a new one.
struct bcrypt_job {
  std::string secret;
  std::string hash;
};
struct bcrypt_answer {
  bool matches = false;
  std::string hash;
};
struct identity_tick {};

}  // namespace troupe::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::bcrypt_job)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::bcrypt_answer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::identity_tick)

namespace troupe::actors {

namespace {

using model::api_key;
using model::caller;
using model::consequence;
using model::problem;
using std::chrono::milliseconds;
using time_point = secrets::steady_time;

using bcrypt_worker = caf::typed_actor<request<bcrypt_job>::with<bcrypt_answer>>;
using identity_self = identity_actor::extend<caf::reacts_to<identity_tick>>;

constexpr milliseconds bcrypt_patience{30'000};    // far above any honest check: the worker is lost
constexpr std::size_t rechecked_at_once = 1'000;   // of keys in use; the others are looked at when they are used next
constexpr std::size_t link_reference_length = 16;  // 64 bits, looked for among one user's own
constexpr std::chrono::seconds revoked_for{
    60};  // longer than any answer about the key as it was before may be on its way

problem rejection() {
  return {consequence::rejected, "The API key is missing, malformed, unknown, revoked or expired.", {}, 0};
}
problem outage() {
  return {consequence::unavailable, "API keys cannot be verified at the moment.", {}, 2};
}
problem busy() {
  return {consequence::retry, "Too many API keys are being verified at the moment.", {}, 2};
}
problem no_such_link() {
  return {consequence::not_found, "This link is unknown, was used already, or has expired. Ask for a new one.", {}, 0};
}
problem too_many_links(milliseconds wait) {
  return {consequence::retry,
          "Too many attempts with a link that gives no key.",
          {},
          static_cast<int>(std::chrono::ceil<std::chrono::seconds>(wait).count())};
}
problem too_many_failures(milliseconds wait) {
  return {consequence::retry,
          "Too many attempts with a wrong API key.",
          {},
          static_cast<int>(std::chrono::ceil<std::chrono::seconds>(wait).count())};
}

// Ends with `owner`, however that ends.
bcrypt_worker::behavior_type bcrypt_working(bcrypt_worker::pointer self, const caf::actor_addr& owner, bool detached,
                                            decltype(identity_options::check) check,
                                            decltype(identity_options::hash) hash) {
  self->monitor(owner);
  self->set_down_handler([self](const caf::down_msg&) { self->quit(); });
  // Guessing at keys must not take the processor from those who have one: on a thread of its own, bcrypt gets what
  // others leave. To Linux 0 is the calling thread; to ask for less is never refused.
  if (detached) setpriority(PRIO_PROCESS, 0, 10);
  return {[=](const bcrypt_job& job) -> bcrypt_answer {
    if (job.hash.empty()) return {true, hash(job.secret)};
    return {check(job.secret, job.hash), {}};
  }};
}

// One key being verified, for all who present it meanwhile.
struct verification {
  std::string presented;
  std::string key_id;
  std::string secret;
  std::string address;
  bool counted = false;  // a try was taken of the limits
  bool matched = false;  // the secret is right: what remains is to see that the row still stands
  bool known = false;    // it was verified before and lacks nothing but a confirmation
  std::vector<caf::typed_response_promise<outcome<caller>>> askers;
};
using verification_ptr = std::shared_ptr<verification>;

class identity_state {
public:
  static inline const char* name = "identity";
  using pointer = identity_self::stateful_pointer<identity_state>;

  void start(pointer self, identity_options with, database_actor database, std::shared_ptr<verified_keys> keys) {
    self_ = self;
    with_ = std::move(with);
    database_ = std::move(database);
    keys_ = std::move(keys);
    std::string seed(32, '\0');
    secrets::fill_random({reinterpret_cast<unsigned char*>(seed.data()), seed.size()});
    key_limits_.emplace(with_.failures_per_key, with_.key_refill, seed);
    link_limits_.emplace(with_.links_per_address, with_.link_refill, seed);
    address_limits_.emplace(with_.failures_per_address, with_.address_refill, seed);
    touched_at_ = self_->clock().now();
    for (std::size_t i = 0; i < with_.workers; ++i) idle_.push_back(new_worker());
    self_->set_exit_handler([this](const caf::exit_msg& why) { close(why.reason); });
    // Better one request without an answer (its asker has a timeout) than no identity.
    self_->set_exception_handler([this](std::exception_ptr& thrown) -> caf::error {
      try {
        std::rethrow_exception(thrown);
      } catch (const std::exception& why) {
        last_error_ = why.what();
        log::error("a request to identity failed", {{"error", last_error_}});
      }
      return caf::none;
    });
    self_->delayed_send(self_, with_.recheck_every, identity_tick{});
  }

  caf::typed_response_promise<outcome<caller>> handle(authenticate& what) {
    handled("authenticate");
    auto promise = self_->make_response_promise<outcome<caller>>();
    if (closing_) return answer(promise, outage(), authentication::unavailable);
    if (auto who = keys_->find(what.presented)) return answer(promise, std::move(*who), authentication::accepted);
    auto parsed = model::parse_key(with_.key_prefix, what.presented);
    if (!parsed) return answer(promise, rejection(), authentication::rejected);
    if (waiting_ >= with_.waiting_capacity) return answer(promise, busy(), authentication::busy);
    if (const auto same = verifications_.find(what.presented); same != verifications_.end()) {
      ++waiting_;
      same->second->askers.push_back(promise);
      return promise;
    }
    auto v = std::make_shared<verification>();
    v->known = keys_->find_unconfirmed(what.presented).has_value();
    if (!v->known) {
      if (admitted_ >= with_.workers + with_.queue_capacity) return answer(promise, busy(), authentication::busy);
      v->address = secrets::address_group(what.peer_address);
      const auto now = self_->clock().now();
      if (const auto wait = address_limits_->take(v->address, now))
        return answer(promise, too_many_failures(*wait), authentication::limited);
      if (const auto wait = key_limits_->take(parsed->key_id, now)) {
        address_limits_->give_back(v->address);
        return answer(promise, too_many_failures(*wait), authentication::limited);
      }
      v->counted = true;
      ++admitted_;
    }
    v->presented = std::move(what.presented);
    v->key_id = std::move(parsed->key_id);
    v->secret = std::move(parsed->secret);
    v->askers.push_back(promise);
    ++waiting_;
    verifications_.emplace(v->presented, v);
    look_up(v);
    return promise;
  }

  caf::typed_response_promise<outcome<created_key>> handle(create_key& what) {
    handled("create_key");
    auto promise = self_->make_response_promise<outcome<created_key>>();
    if (const auto* fault = model::fault_of_limit(what.scopes, what.environments)) {
      promise.deliver(outcome<created_key>(problem{consequence::rejected, fault, {}, 0}));
      return promise;
    }
    if (closing_ || admitted_ >= with_.workers + with_.queue_capacity) {
      promise.deliver(outcome<created_key>(closing_ ? outage() : busy()));
      return promise;
    }
    const auto key = secrets::new_key(with_.random_bytes);
    ++admitted_;
    created_key made;
    made.text = with_.key_prefix + key.key_id + '.' + key.secret;
    made.row.key_id = key.key_id;
    made.row.owner = std::move(what.owner);
    made.row.name = std::move(what.name);
    made.row.scopes = what.scopes;
    made.row.environments = std::move(what.environments);
    made.row.created_at = with_.wall();
    if (what.lifetime) made.row.expires_at = made.row.created_at + *what.lifetime;
    bcrypt({key.secret, {}}, [this, promise, made](const bcrypt_answer* done) mutable {
      if (!done) return finish(promise, outage());
      made.row.secret_hash = done->hash;
      const auto inserted = [this, promise, made](outcome<model::done>& saved) mutable {
        if (saved) return finish(promise, std::move(made));
        finish(promise, saved.error());
      };
      self_->request(database_, with_.database_patience, insert_key{made.row})
          .then(inserted, [this, promise](caf::error&) mutable { finish(promise, outage()); });
    });
    return promise;
  }

  caf::typed_response_promise<outcome<issued_magic_link>> handle(issue_magic_link& what) {
    handled("issue_magic_link");
    auto promise = self_->make_response_promise<outcome<issued_magic_link>>();
    const auto refuse = [&](problem why) {
      promise.deliver(outcome<issued_magic_link>(std::move(why)));
      return promise;
    };
    if (closing_) return refuse(outage());
    if (what.scopes.empty() || !model::scope_set::user().covers(what.scopes))
      return refuse({consequence::rejected, "A link's key needs scopes, and ADMIN is none that it can have.", {}, 0});
    if (what.key_lifetime && what.key_lifetime->count() < 1)
      return refuse({consequence::rejected, "A key lives for a second at least.", {}, 0});
    issued_magic_link made{secrets::new_link_token(with_.random_bytes)};
    insert_magic_link row{secrets::link_token_hash(made.token), std::move(what), with_.magic_link_lifetime};
    made.reference = row.token_hash.substr(0, link_reference_length);
    const auto saved = [promise, made = std::move(made)](outcome<model::done>& inserted) mutable {
      promise.deliver(inserted ? outcome<issued_magic_link>(std::move(made))
                               : outcome<issued_magic_link>(inserted.error()));
    };
    self_->request(database_, with_.database_patience, std::move(row)).then(saved, [promise](caf::error&) mutable {
      promise.deliver(outcome<issued_magic_link>(outage()));
    });
    return promise;
  }

  // Looks first, so that only a link that can be spent costs a bcrypt; who of several gets the key the database
  // decides.
  caf::typed_response_promise<outcome<created_key>> handle(redeem_magic_link& what) {
    handled("redeem_magic_link");
    auto promise = self_->make_response_promise<outcome<created_key>>();
    const auto refuse = [&](problem why) {
      promise.deliver(outcome<created_key>(std::move(why)));
      return promise;
    };
    if (closing_) return refuse(outage());
    auto r = std::make_shared<redemption>();
    r->token_hash = secrets::link_token_hash(what.token);
    r->address = secrets::address_group(what.peer_address);
    if (const auto wait = link_limits_->take(r->address, self_->clock().now())) return refuse(too_many_links(*wait));
    if (admitted_ >= with_.workers + with_.queue_capacity) {
      link_limits_->give_back(r->address);
      return refuse(busy());
    }
    ++admitted_;
    r->promise = promise;
    self_->request(database_, with_.database_patience, find_magic_link{r->token_hash})
        .then([this, r](outcome<model::done>& found) { found ? make_key(r) : finish(r, link_problem(found.error())); },
              [this, r](caf::error&) { finish(r, outage()); });
    return promise;
  }

  caf::typed_response_promise<outcome<model::done>> handle(revoke_key& what) {
    handled("revoke_key");
    auto promise = self_->make_response_promise<outcome<model::done>>();
    const auto answered = [this, promise, id = what.key_id](outcome<model::done>& revoked) mutable {
      if (revoked) {
        revoked_[id] = self_->clock().now();
        keys_->forget(id);
      }
      promise.deliver(std::move(revoked));
    };
    self_->request(database_, with_.database_patience, std::move(what)).then(answered, [promise](caf::error&) mutable {
      promise.deliver(outcome<model::done>(problem{consequence::unavailable, "The database does not answer.", {}, 2}));
    });
    return promise;
  }

  void tick() {
    if (closing_) return;
    const auto now = self_->clock().now();
    std::erase_if(revoked_, [&](const auto& one) { return now - one.second > revoked_for; });
    for (const auto& id : keys_->take_active(rechecked_at_once)) recheck(id, now);
    if (now - touched_at_ >= with_.touch_every) {
      touched_at_ = now;
      touch([] {});
    }
    self_->delayed_send(self_, with_.recheck_every, identity_tick{});
  }

  actor_card card() {
    actor_card out;
    out.id = out.kind = "identity";
    out.state = closing_ ? "closing" : database_silent_ ? "database does not answer" : "active";
    out.mailbox_depth = self_->mailbox().size();
    out.messages_handled = handled_;
    out.last_message = last_message_;
    if (handled_ > 0)
      out.last_message_age_ms =
          std::chrono::duration_cast<milliseconds>(self_->clock().now() - last_message_at_).count();
    out.step = std::to_string(admitted_) + " in bcrypt's queue, " + std::to_string(waiting_) + " waiting, " +
               std::to_string(keys_->size()) + " keys remembered";
    out.restarts = lost_workers_;
    out.last_error = last_error_;
    return out;
  }

private:
  void handled(const char* message) {
    ++handled_;
    last_message_ = message;
    last_message_at_ = self_->clock().now();
  }

  caf::typed_response_promise<outcome<caller>> answer(caf::typed_response_promise<outcome<caller>> promise,
                                                      outcome<caller> what, authentication seen) {
    with_.observe(seen);
    promise.deliver(std::move(what));
    return promise;
  }

  void finish(caf::typed_response_promise<outcome<created_key>>& promise, outcome<created_key> what) {
    --admitted_;
    promise.deliver(std::move(what));
  }

  // ---- magic links ----

  struct redemption {
    std::string token_hash;
    std::string address;
    caf::typed_response_promise<outcome<created_key>> promise;
  };
  using redemption_ptr = std::shared_ptr<redemption>;

  static problem link_problem(const problem& why) { return why.kind == consequence::not_found ? no_such_link() : why; }

  void make_key(const redemption_ptr& r) {
    const auto key = secrets::new_key(with_.random_bytes);
    bcrypt({key.secret, {}}, [this, r, key](const bcrypt_answer* done) {
      if (!done) return finish(r, outage());
      config::failpoint("link.before_spend");
      const auto spent = [this, r, key](outcome<api_key>& row) {
        config::failpoint("link.after_spend");
        if (!row) return finish(r, link_problem(row.error()));
        finish(r, created_key{with_.key_prefix + key.key_id + '.' + key.secret, std::move(row.value())});
      };
      self_->request(database_, with_.database_patience, spend_magic_link{r->token_hash, key.key_id, done->hash})
          .then(spent, [this, r](caf::error&) { finish(r, outage()); });
    });
  }

  void finish(const redemption_ptr& r, outcome<created_key> what) {
    if (what || what.error().kind != consequence::not_found) link_limits_->give_back(r->address);
    finish(r->promise, std::move(what));
  }

  void finish(const verification_ptr& v, const outcome<caller>& what, authentication seen) {
    verifications_.erase(v->presented);
    if (v->counted) {
      --admitted_;
      if (seen != authentication::rejected) {
        address_limits_->give_back(v->address);
        key_limits_->give_back(v->key_id);
      }
    }
    waiting_ -= v->askers.size();
    for (auto& asker : v->askers) answer(asker, what, seen);
  }

  bool stands(const api_key& row) const {
    return !row.revoked_at && !(row.expires_at && *row.expires_at <= with_.wall()) && !revoked_.contains(row.key_id);
  }

  // Asks for the row: `then` gets it, or null where there is none; `otherwise` where the database does not tell.
  void find_row(const std::string& key_id, milliseconds patience, std::function<void(const api_key*)> then,
                std::function<void()> otherwise) {
    const auto found = [this, then, otherwise](outcome<api_key>& row) {
      if (!row && row.error().kind != consequence::not_found) {
        database_fell_silent(row.error().detail);
        return otherwise();
      }
      database_silent_ = false;
      then(row ? &row.value() : nullptr);
    };
    self_->request(database_, patience, find_key{key_id}).then(found, [this, otherwise](caf::error& why) {
      database_fell_silent(self_->system().render(why));
      otherwise();
    });
  }

  void database_fell_silent(const std::string& why) {
    last_error_ = why;
    if (!std::exchange(database_silent_, true))
      log::warn("API keys are not confirmed: the database does not answer", {{"error", why}});
  }

  void look_up(const verification_ptr& v) {
    const auto asked_at = self_->clock().now();
    // A key that is only to be confirmed gets less patience: without a database it passes as it did, until it is to be
    // verified again.
    const auto patience =
        v->known ? std::min(with_.database_patience, with_.recheck_every * 4 / 5) : with_.database_patience;
    find_row(
        v->key_id, patience,
        [this, v, asked_at](const api_key* row) {
          if (v->known || v->matched) return confirmed(v, row, asked_at);
          // An unknown key takes the same road, at the same price, as a wrong secret.
          bcrypt({v->secret, row ? row->secret_hash : secrets::unmatched_bcrypt_hash()},
                 [this, v, exists = row != nullptr](const bcrypt_answer* done) { checked(v, exists, done); });
        },
        [this, v, asked_at] {
          const auto who = v->known ? keys_->find_unconfirmed(v->presented) : std::nullopt;
          if (!who) return finish(v, outage(), authentication::unavailable);
          pass_on(v, asked_at);
          finish(v, *who, authentication::confirmed);
        });
  }

  void checked(const verification_ptr& v, bool exists, const bcrypt_answer* done) {
    if (!done) return finish(v, outage(), authentication::unavailable);
    if (!done->matches || !exists) return finish(v, rejection(), authentication::rejected);
    v->matched = true;  // the row was read before the queue and bcrypt: it may have been revoked since
    look_up(v);
  }

  void confirmed(const verification_ptr& v, const api_key* row, time_point asked_at) {
    if (!row || !stands(*row)) {
      keys_->forget(v->key_id);
      return finish(v, rejection(), authentication::rejected);
    }
    const caller who{row->owner, row->key_id, row->scopes, row->environments};
    if (v->matched)
      keys_->remember(v->presented, who, row->expires_at, asked_at);
    else
      pass_on(v, asked_at);
    finish(v, who, v->matched ? authentication::accepted : authentication::confirmed);
  }

  void pass_on(const verification_ptr& v, time_point asked_at) {
    keys_->confirm(v->key_id, asked_at);
    keys_->find(v->presented);  // a use, which is to be counted
  }

  void recheck(const std::string& id, time_point asked_at) {
    find_row(
        id, with_.recheck_every * 4 / 5,
        [this, id, asked_at](const api_key* row) {
          if (row && stands(*row)) return keys_->confirm(id, asked_at);
          keys_->forget(id);
        },
        [this, id, asked_at] { keys_->confirm(id, asked_at); });
  }

  // ---- bcrypt's queue ----

  using bcrypt_done = std::function<void(const bcrypt_answer*)>;  // null: a worker was lost over it

  bcrypt_worker new_worker() {
    if (with_.detached)
      return self_->spawn<caf::detached>(bcrypt_working, self_->address(), true, with_.check, with_.hash);
    return self_->spawn(bcrypt_working, self_->address(), false, with_.check, with_.hash);
  }

  void bcrypt(bcrypt_job job, bcrypt_done done) {
    jobs_.emplace_back(std::move(job), std::move(done));
    next_job();
  }

  void next_job() {
    if (closing_ || idle_.empty() || jobs_.empty()) return;
    auto job = std::move(jobs_.front().first);
    auto done = std::move(jobs_.front().second);
    jobs_.pop_front();
    auto worker = std::move(idle_.back());
    idle_.pop_back();
    const auto finished = [this, worker, done](bcrypt_answer& result) {
      idle_.push_back(worker);
      done(&result);
      next_job();
    };
    self_->request(worker, bcrypt_patience, std::move(job)).then(finished, [this, worker, done](caf::error& why) {
      last_error_ = self_->system().render(why);
      log::error("a bcrypt worker was lost", {{"error", last_error_}});
      ++lost_workers_;
      self_->send_exit(worker, caf::exit_reason::kill);
      if (!closing_) idle_.push_back(new_worker());
      done(nullptr);
      next_job();
    });
  }

  // ---- last uses, and the end ----

  void touch(std::function<void()> then) {
    for (auto& [id, at] : keys_->take_uses()) uses_[id] = std::max(uses_[id], at);
    if (uses_.empty()) return then();
    touch_keys what{{uses_.begin(), uses_.end()}};
    const auto saved = [this, then, sent = what.last_used](outcome<model::done>& ok) {
      if (ok)
        for (const auto& [id, at] : sent)
          if (const auto use = uses_.find(id); use != uses_.end() && use->second <= at) uses_.erase(use);
      then();
    };
    self_->request(database_, with_.database_patience, std::move(what)).then(saved, [then](caf::error&) { then(); });
  }

  void close(const caf::error& reason) {
    if (std::exchange(closing_, true)) return;
    while (!verifications_.empty())
      finish(verification_ptr(verifications_.begin()->second), outage(), authentication::unavailable);
    for (auto& [job, done] : std::exchange(jobs_, {}))
      if (job.hash.empty()) done(nullptr);  // verifications have had their answer
    touch([this, reason] {
      if (!uses_.empty()) log::warn("last uses of API keys are not saved", {{"keys", uses_.size()}});
      self_->quit(reason);
    });
  }

  pointer self_ = nullptr;
  identity_options with_;
  database_actor database_;
  std::shared_ptr<verified_keys> keys_;
  std::optional<secrets::try_limits> key_limits_;
  std::optional<secrets::try_limits> address_limits_;
  std::optional<secrets::try_limits> link_limits_;  // by address

  std::unordered_map<std::string, verification_ptr> verifications_;  // by the text presented
  std::size_t waiting_ = 0;                                          // askers of all of them
  std::size_t admitted_ = 0;  // verifications and new keys that are in, or bound for, bcrypt's queue
  std::deque<std::pair<bcrypt_job, bcrypt_done>> jobs_;
  std::vector<bcrypt_worker> idle_;
  std::unordered_map<std::string, time_point> revoked_;  // here and lately
  std::map<std::string, timestamp> uses_;                // not yet saved
  time_point touched_at_;

  bool closing_ = false;
  bool database_silent_ = false;
  std::uint64_t handled_ = 0;
  std::string last_message_;
  time_point last_message_at_;
  std::uint32_t lost_workers_ = 0;
  std::string last_error_;
};

identity_self::behavior_type identity(identity_self::stateful_pointer<identity_state> self, identity_options options,
                                      database_actor database, std::shared_ptr<verified_keys> keys) {
  auto& state = self->state;
  state.start(self, std::move(options), std::move(database), std::move(keys));
  return {
      [&state](authenticate& what) { return state.handle(what); },
      [&state](create_key& what) { return state.handle(what); },
      [&state](issue_magic_link& what) { return state.handle(what); },
      [&state](redeem_magic_link& what) { return state.handle(what); },
      [&state](revoke_key& what) { return state.handle(what); },
      [&state](describe) { return state.card(); },
      [&state](identity_tick) { state.tick(); },
  };
}

}  // namespace

identity_actor spawn_identity(caf::actor_system& system, identity_options options, database_actor database,
                              std::shared_ptr<verified_keys> keys) {
  if (!options.wall)
    options.wall = [] {
      return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
    };
  if (!options.random_bytes) options.random_bytes = secrets::fill_random;
  if (!options.observe) options.observe = [](authentication) {};
  if (!options.check) options.check = secrets::bcrypt_matches;
  if (!options.hash)
    options.hash = [random = options.random_bytes](const std::string& secret) {
      return secrets::bcrypt_hash(secret, random);
    };
  secrets::unmatched_bcrypt_hash();  // made now, lest the first unknown key take longer
  return system.spawn(identity, std::move(options), std::move(database), std::move(keys));
}

}  // namespace troupe::actors
