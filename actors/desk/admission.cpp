#include "actors/desk/admission.hpp"

#include <algorithm>

#include "actors/conversation.hpp"
#include "actors/desk/find.hpp"
#include "config/logging.hpp"

namespace troupe::desk {

namespace {

using namespace std::chrono_literals;
constexpr auto tick = 250ms;
constexpr std::uint32_t lookups_for_a_plan = 10;  // on average: one alone may have more

bool is_printable(const std::string& key) {
  return !key.empty() && key.size() <= 255 &&
         std::all_of(key.begin(), key.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

planned_ids plan(planning what, const model::random_source& random) {
  planned_ids out;
  if (what == planning::environment) out.environment = model::new_id<model::environment_id>(random);
  if (what == planning::operation) out.operation = model::new_id<model::operation_id>(random);
  if (what == planning::deployment) {
    out.deployment = model::new_id<model::deployment_id>(random);
    out.job = model::new_id<model::job_id>(random);
  }
  return out;
}

// Planned ids as the claim's row holds them.
std::string text_of(planning what, const planned_ids& ids) {
  switch (what) {
    case planning::none: return {};
    case planning::environment: return ids.environment.text;
    case planning::operation: return ids.operation.text;
    case planning::deployment: return ids.deployment.text + ' ' + ids.job.text;
  }
  return {};
}

planned_ids planned_of(planning what, const std::string& text) {
  planned_ids out;
  const auto blank = text.find(' ');
  if (what == planning::environment) out.environment.text = text;
  if (what == planning::operation) out.operation.text = text;
  if (what == planning::deployment && blank != std::string::npos) {
    out.deployment.text = text.substr(0, blank);
    out.job.text = text.substr(blank + 1);
  }
  return out;
}

// What trying again may change is not kept: the next try does the work with the ids planned at first, or, after a
// conflict, is as if there had been none.
bool is_conflict(const refusal* why) {
  return why && (why->why == cause::conflict || why->why == cause::cancelled || why->why == cause::outdated);
}
bool is_kept(const refusal* why) {
  return !why ||
         (why->why != cause::retry && why->why != cause::unavailable && why->why != cause::fault && !is_conflict(why));
}

}  // namespace

std::string told_limit(std::uint32_t limit, budget of) {
  return "At most " + std::to_string(limit) + (of == budget::plans ? " plans" : " deployments") + " a minute.";
}

const desk::parts& task::parts() const {
  return at->parts();
}

admission::admission(desk::parts with)
    : parts_(std::move(with)),
      deployments_(parts_.deployments_per_minute, 1min),
      plans_(parts_.plans_per_minute, 1min),
      lookups_(lookups_for_a_plan * parts_.plans_per_minute, 1min),
      waiting_(parts_.waiting, parts_.waiting_per_user),
      changes_(parts_.waiting, parts_.waiting_per_user) {}

std::shared_ptr<admission> admission::open(caf::actor_system& system, desk::parts with) {
  std::shared_ptr<admission> made(new admission(std::move(with)));
  for (std::size_t i = 0; i < made->parts_.clerks; ++i) made->clerks_.push_back(spawn_clerk(system));
  made->parts_.board->on_change([weak = std::weak_ptr(made)](const actors::deployment_view_ptr& view) {
    const auto self = weak.lock();
    if (!self) return;
    if (model::is_settled(view->row) && !self->waiting_.empty())
      for (const auto& waiter : self->waiting_.leave_all(view->row.id)) waiter(view);
    self->note_change(view->row.id.text);
    self->timelines_.wake(view->row.id);
  });
  made->parts_.board->on_change([weak = std::weak_ptr(made)](const actors::application_view_ptr& view) {
    if (const auto self = weak.lock()) self->note_change(view->id.text);
  });
  return made;
}

void admission::note_change(const std::string& id) {
  if (changes_.empty()) return;
  for (const auto& waiter : changes_.leave_all(id)) waiter(std::monostate{});
}

admission::ticket admission::wait_for_change(const std::string& id, const model::user_id& user, moment until,
                                             changes::waiter then) {
  const auto out = changes_.enter(id, user, until, std::move(then));
  if (out != 0) keep_time();
  return out;
}

void admission::stop_waiting(ticket which, bool call) {
  if (const auto waiter = changes_.leave(which); waiter && call) waiter(std::monostate{});
}

void admission::answer_waiting() {
  const refusal closing{cause::unavailable, "The platform is restarting; try again.", 1};
  for (const auto& [id, user, waiter] : waiting_.take_due(changes::moment::max())) {
    if (const auto view = parts_.board->find(id))
      waiter(view);
    else
      waiter(closing);
  }
  for (const auto& one : changes_.take_due(changes::moment::max())) one.waiting(closing);
}

void admission::close() {
  answer_waiting();
  for (const auto& one : clerks_) caf::anon_send_exit(one, caf::exit_reason::user_shutdown);
}

void admission::post(std::function<void(clerk)> what) {
  caf::anon_send(clerks_[next_++ % clerks_.size()], errand{std::move(what)});
}

void admission::post_later(model::duration delay, std::function<void(clerk)> what) {
  caf::delayed_anon_send(clerks_[next_++ % clerks_.size()], delay, errand{std::move(what)});
}

// ---- the steps, in their order ----

std::optional<refusal> admission::find_scope_fault(const terms& on, const model::caller& who) {
  const auto& needed = on.needs.scope();
  if (!needed || who.scopes.has(*needed)) return std::nullopt;
  return refusal{cause::forbidden, "This key lacks the scope " + std::string(model::scope_texts[*needed]) + "."};
}

void admission::enter(clerk self, const visit_ptr& v, std::function<void(entry)> then) {
  if (auto fault = find_scope_fault(v->on, v->who)) return then(std::move(*fault));
  const auto go_on = [this, self, v, then] { enter_within_limit(self, v, then); };
  if (v->who.environments.empty()) return go_on();
  // A key that is limited to some environments: to it, all others are not there, nor what is in them.
  if (std::holds_alternative<subject::new_environment>(v->about))
    return then(refusal{cause::forbidden, "This key is limited to some environments: it cannot create one."});
  if (std::holds_alternative<subject::whole_account>(v->about))
    return then(refusal{cause::forbidden,
                        "This key is limited to some environments: it cannot change what counts in all of them."});
  if (const auto* one = std::get_if<subject::environment>(&v->about))
    return v->who.may_see(one->id) ? go_on() : then(no_such_object());
  if (const auto* one = std::get_if<subject::service>(&v->about))
    return v->who.may_see(one->id.environment) ? go_on() : then(no_such_object());
  if (!std::holds_alternative<subject::deployment>(v->about) && !std::holds_alternative<subject::operation>(v->about))
    return go_on();
  find_subject(self, v, [then, go_on](entry how) {
    std::holds_alternative<std::monostate>(how) ? go_on() : then(std::move(how));
  });
}

void admission::enter_within_limit(clerk self, const visit_ptr& v, const std::function<void(entry)>& then) {
  if (!v->on.writes) v->under.reset();
  if (v->under && !is_printable(v->under->key))
    return then(
        refusal{cause::rejected, "Idempotency-Key must be 1 to 255 printable ASCII characters without blanks."});
  if (v->on.limited() && !take_quota(self, *v)) {
    const auto seconds = std::max<std::int64_t>(1, std::chrono::ceil<std::chrono::seconds>(v->quota->reset).count());
    return then(refusal{cause::retry, told_limit(v->quota->limit, v->on.limit), static_cast<int>(seconds)});
  }
  v->planned = plan(v->on.plans, parts_.random);
  if (v->under) return claim_key(self, v, then);
  find_subject(self, v, then);
}

bool admission::take_quota(clerk self, visit& v) {
  const auto now = self->clock().now().time_since_epoch();
  const std::lock_guard lock(quota_mutex_);
  v.quota = quota_of(v.on.limit).take(v.who.user.text, now);
  if (v.quota->allowed) v.quota_taken = now;
  return v.quota->allowed;
}

model::quota::decision admission::look_at_quota(clerk self, const model::caller& who) {
  const std::lock_guard lock(quota_mutex_);
  return deployments_.look(who.user.text, self->clock().now().time_since_epoch());
}

bool admission::take_lookup(clerk self, const model::user_id& user) {
  const std::lock_guard lock(quota_mutex_);
  return lookups_.take(user.text, self->clock().now().time_since_epoch()).allowed;
}

// What is told of the limit is told as it is then.
void admission::give_quota_back(clerk self, visit& v) {
  if (!v.quota_taken) return;
  const std::lock_guard lock(quota_mutex_);
  auto& quota = quota_of(v.on.limit);
  quota.give_back(v.who.user.text, *std::exchange(v.quota_taken, std::nullopt));
  v.quota = quota.look(v.who.user.text, self->clock().now().time_since_epoch());
}

void admission::claim_key(clerk self, const visit_ptr& v, const std::function<void(entry)>& then) {
  auto mine = std::make_pair(v->who.user.text, v->under->key);
  {
    const std::lock_guard lock(in_flight_mutex_);
    if (!in_flight_.insert(mine).second)
      return then(refusal{cause::conflict, "A request with this Idempotency-Key is under way.", 1});
  }
  v->in_flight = std::shared_ptr<void>(this, [at = shared_from_this(), mine = std::move(mine)](void*) {
    const std::lock_guard lock(at->in_flight_mutex_);
    at->in_flight_.erase(mine);
  });
  const auto go_on = [this, self, v, then](const actors::idempotency_claim& claimed) {
    const bool other = claimed.fingerprint != v->under->fingerprint;
    if (!other && claimed.status == 0) {
      v->planned = planned_of(v->on.plans, claimed.planned);
      return find_subject(self, v, then);
    }
    v->in_flight.reset();
    if (!other) v->planned = planned_of(v->on.plans, claimed.planned);
    if (other) return then(key_was_used());
    then(kept_answer{claimed.status, claimed.body});
  };
  desk::ask(
      self, parts_.database, parts_.database_timeout,
      actors::claim_idempotency{v->who.user, v->under->key, v->under->fingerprint, text_of(v->on.plans, v->planned)},
      go_on, [then](refusal why) { then(std::move(why)); });
}

void admission::find_subject(clerk self, const visit_ptr& v, const std::function<void(entry)>& then) {
  const auto look_for = [&](const auto& subject, auto found) {
    find_own(
        self, parts_, v->who, subject,
        [v, then, found](const auto& one) {
          (*v).*found = one;
          then({});
        },
        [then](refusal why) { then(std::move(why)); });
  };
  if (const auto* one = std::get_if<subject::environment>(&v->about); one && !v->environment)
    return look_for(*one, &visit::environment);
  if (const auto* one = std::get_if<subject::deployment>(&v->about); one && !v->deployment)
    return look_for(*one, &visit::deployment);
  if (const auto* one = std::get_if<subject::service>(&v->about)) return look_for(*one, &visit::service);
  if (const auto* one = std::get_if<subject::operation>(&v->about); one && !v->operation)
    return look_for(*one, &visit::operation);
  if (const auto* one = std::get_if<subject::key>(&v->about)) return look_for(*one, &visit::key);
  then({});
}

void admission::conclude(clerk self, visit& v, const refusal* why) {
  v.keeps = is_kept(why);
  v.frees_key = is_conflict(why);
  if (why) give_quota_back(self, v);
  if (v.on.writes && !why)
    log::info("command done", {{"requestId", v.who.request_id},
                               {"command", std::string_view(v.on.name)},
                               {"subject", subject::text_of(v.about)},
                               {"planned", text_of(v.on.plans, v.planned)},
                               {"face", face_texts[v.who.by]}});
  if (parts_.audit) parts_.audit(v.who, v.on.name, v.about, why);
}

void admission::settle(clerk self, const visit_ptr& v, kept_answer how, std::function<void()> send) {
  const auto answered = [v, send = std::move(send)] {
    v->in_flight.reset();
    send();
  };
  if (v->in_flight && v->frees_key)
    return desk::ask(
        self, parts_.database, parts_.database_timeout, actors::release_idempotency{v->who.user, v->under->key},
        [answered](const model::done&) { answered(); }, [answered](const refusal&) { answered(); });
  if (!v->in_flight || !v->keeps) return answered();
  const auto lost = [v, answered](const refusal&) {
    log::warn("idempotent answer not kept", {{"requestId", v->who.request_id}});
    answered();
  };
  desk::ask(
      self, parts_.database, parts_.database_timeout,
      actors::store_idempotent_answer{v->who.user, v->under->key, how.status, std::move(how.body)},
      [answered](const model::done&) { answered(); }, lost);
}

// ---- what is answered at once, and what waits ----

actors::environment_view_ptr admission::find_on_board(const model::caller& key, const get_environment& what) const {
  auto view = parts_.board->find(what.environment);
  return view && view->row.owner == key.user && key.may_see(view->row.id) ? view : nullptr;
}

actors::deployment_view_ptr admission::find_on_board(const model::caller& key, const get_deployment& what) const {
  if (what.wait.count() != 0) return nullptr;
  auto view = std::visit([&](const auto& id) { return parts_.board->find(id); }, what.deployment);
  if (!view || view->row.owner != key.user || !key.may_see(view->row.environment)) return nullptr;
  hide_evidence(key, view);
  return view;
}

void admission::wait(clerk self, const actors::deployment_view_ptr& view, const get_deployment& what, const caller& who,
                     const answer_to<actors::deployment_view_ptr>& then) {
  const auto mine = waiting_.enter(view->row.id, who.user, self->clock().now() + what.wait, then);
  if (mine == 0) return then(refusal{cause::retry, "Too many calls are waiting already.", 5});
  if (what.on_wait)
    what.on_wait([weak = weak_from_this(), mine] {
      if (const auto at = weak.lock()) at->waiting_.leave(mine);
    });
  keep_time();
  // It may have settled, and left the board, before the waiter was there to be told.
  const auto look = [at = shared_from_this(), mine](const actors::deployment_view_ptr& now) {
    if (!model::is_settled(now->row)) return;
    if (const auto waiter = at->waiting_.leave(mine)) waiter(now);
  };
  if (const auto now = parts_.board->find(view->row.id)) return look(now);
  find_own(self, parts_, who, subject::deployment{view->row.id}, look,
           [](const refusal&) {});  // its time is up at last
}

// The clock of whoever waits goes on as long as there is somebody.
void admission::keep_time() {
  if ((waiting_.empty() && changes_.empty()) || ticking_.exchange(true)) return;
  post_later(tick, [at = shared_from_this()](clerk self) { at->on_tick(self); });
}

void admission::on_tick(clerk self) {
  ticking_ = false;
  for (const auto& due : waiting_.take_due(self->clock().now()))
    find_own(
        self, parts_, model::caller{due.user, {}, {}}, subject::deployment{due.id},
        [waiter = due.waiting](const auto& view) { waiter(view); }, due.waiting);
  for (const auto& due : changes_.take_due(self->clock().now())) due.waiting(std::monostate{});
  keep_time();
}

}  // namespace troupe::desk
