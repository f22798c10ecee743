#include "docker/simulated_swarm.hpp"

#include <algorithm>
#include <utility>

#include "actors/model/object_names.hpp"
#include "actors/model/rollout.hpp"
#include "docker/log_sieve.hpp"

namespace troupe::docker {

using namespace std::chrono_literals;
using model::consequence;
using model::environment_id;
using model::failure_code;
using model::task_phase;
using model::timestamp;

namespace {

constexpr std::size_t task_history = 5;  // Swarm's default, per slot
constexpr std::size_t log_history = 200;

model::effect_error retry(failure_code code, std::string message) {
  return {consequence::retry, model::make_failure(code, std::move(message))};
}

std::vector<std::uint16_t> host_ports(const model::service_plan& plan) {
  std::vector<std::uint16_t> ports;
  for (const auto& p : plan.spec.ports)
    if (p.host && p.mode == model::port_mode::host) ports.push_back(*p.host);
  return ports;
}

// Everything but the number of replicas: what a task is made from.
bool same_template(const model::service_plan& a, const model::service_plan& b) {
  if (a.deployment != b.deployment || a.generation != b.generation || !(a.image == b.image)) return false;
  auto spec = a.spec;
  spec.replicas = b.spec.replicas;
  return spec == b.spec;
}

// Whether it was the only writer of a volume that the new plan mounts writable.
bool wrote_alone(const model::service_plan& before, const model::service_plan& plan) {
  const auto alone = model::written_alone(before);
  const auto mounts = model::mounts_of(plan);
  return std::any_of(mounts.begin(), mounts.end(), [&](const auto& m) {
    return !m.read_only && std::find(alone.begin(), alone.end(), m.name) != alone.end();
  });
}

bool alive(const simulated_task& t) {
  return t.seen.phase != task_phase::ended;
}
bool serves(const simulated_task& t) {
  return alive(t) && !t.stopping;
}

bool in_use(const simulated_service& s, const environment_id& e) {
  return s.plan.environment == e && std::any_of(s.tasks.begin(), s.tasks.end(), alive);
}

}  // namespace

simulated_swarm::simulated_swarm(std::uint64_t seed, std::uint32_t nodes) : chance_(seed), node_lost_until_(nodes) {}

// ---- time
// ------------------------------------------------------------------------------------------------------------

std::optional<timestamp> simulated_swarm::next_change() const {
  if (wakes_.empty()) return std::nullopt;
  return wakes_.top().at;
}

void simulated_swarm::advance(timestamp to) {
  while (!wakes_.empty() && wakes_.top().at <= to) {
    const auto w = wakes_.top();
    wakes_.pop();
    now_ = std::max(now_, w.at);
    if (w.service.empty()) {
      place_waiting();
      continue;
    }
    const auto run = [&](simulated_service& s) {
      if (w.task == 0) {
        if (lag_.count() > 0) touch(s);
        return orchestrate(s);
      }
      const auto t = std::find_if(s.tasks.begin(), s.tasks.end(), [&](const auto& x) { return x.serial == w.task; });
      if (t != s.tasks.end() && t->next == w.at) step(s, *t);
    };
    if (const auto it = services_.find(w.service); it != services_.end()) run(it->second);
    for (std::size_t i = 0; i < dying_.size(); ++i) {
      if (dying_[i].name != w.service) continue;
      if (w.task != 0) run(dying_[i]);
      if (std::none_of(dying_[i].tasks.begin(), dying_[i].tasks.end(), alive)) {
        touch(dying_[i]);
        dying_.erase(dying_.begin() + static_cast<std::ptrdiff_t>(i--));
      }
    }
  }
  now_ = std::max(now_, to);
}

void simulated_swarm::wake_at(timestamp at, const simulated_service& s, std::uint64_t task) {
  wakes_.push({at, ++serial_, s.name, task});
}

void simulated_swarm::touch(simulated_service& s) {
  ++s.changes;
  touched_.emplace(s.plan.environment, s.plan.spec.service);
}

std::vector<actors::service_touched> simulated_swarm::take_touched() {
  std::vector<actors::service_touched> out;
  for (const auto& [e, service] : touched_) out.push_back({e, service});
  touched_.clear();
  return out;
}

void simulated_swarm::wrote(const std::string& object, swarm_write kind, const model::service_plan* plan) {
  auto& count = writes_[object];
  ++(kind == swarm_write::created ? count.created : kind == swarm_write::updated ? count.updated : count.deleted);
  ++write_total_;
  if (listener_) listener_(object, kind, plan);
}

// ---- networks and volumes
// ----------------------------------------------------------------------------------------------

std::string simulated_swarm::ensure_network(const environment_id& e) {
  auto name = model::object_names::network(e);
  if (networks_.emplace(name, e).second) {
    touched_.emplace(e, std::string());
    wrote("network " + name, swarm_write::created);
  }
  return "net-" + std::string(e.bare());
}

model::outcome<model::done, model::effect_error> simulated_swarm::remove_network(const environment_id& e) {
  const auto name = model::object_names::network(e);
  const auto it = networks_.find(name);
  if (it == networks_.end()) return model::done{};
  const auto attached = [&](const simulated_service& s) { return s.plan.environment == e; };
  if (std::any_of(services_.begin(), services_.end(), [&](const auto& s) { return attached(s.second); }) ||
      std::any_of(dying_.begin(), dying_.end(), attached))
    return retry(failure_code::network_failed, "The environment's network is still in use.");
  networks_.erase(it);
  std::erase_if(logs_, [&](const auto& log) { return log.second.environment == e; });
  touched_.emplace(e, std::string());
  wrote("network " + name, swarm_write::deleted);
  return model::done{};
}

actors::volumes_ready simulated_swarm::ensure_volumes(const environment_id& e, const std::vector<std::string>& names) {
  actors::volumes_ready ready;
  for (const auto& n : names) {
    const auto name = model::object_names::volume(e, n);
    if (!volumes_.emplace(name, e).second) continue;
    ready.created.push_back(n);
    wrote("volume " + name, swarm_write::created);
  }
  return ready;
}

model::outcome<model::done, model::effect_error> simulated_swarm::remove_volumes(const environment_id& e) {
  const auto used = [&](const simulated_service& s) { return in_use(s, e) && !model::mounts_of(s.plan).empty(); };
  if (std::any_of(services_.begin(), services_.end(), [&](const auto& s) { return used(s.second); }) ||
      std::any_of(dying_.begin(), dying_.end(), used))
    return retry(failure_code::volume_failed, "A volume is still in use.");
  for (auto it = volumes_.begin(); it != volumes_.end();) {
    if (it->second != e) {
      ++it;
      continue;
    }
    wrote("volume " + it->first, swarm_write::deleted);
    it = volumes_.erase(it);
  }
  return model::done{};
}

std::vector<actors::engine_volume> simulated_swarm::volumes(const environment_id& e) const {
  std::vector<actors::engine_volume> out;
  const std::string any = "x";
  const auto prefix = model::object_names::volume(e, any).size() - any.size();
  for (const auto& [name, owner] : volumes_)
    if (owner == e) out.push_back({name.substr(prefix)});
  return out;
}

model::outcome<model::done, model::effect_error> simulated_swarm::remove_volume(const environment_id& e,
                                                                                const std::string& volume) {
  const auto it = volumes_.find(model::object_names::volume(e, volume));
  if (it == volumes_.end())
    return model::effect_error{consequence::not_found,
                               model::make_failure(failure_code::volume_failed, "There is no such volume.")};
  const auto used = [&](const simulated_service& s) {
    const auto mounts = model::mounts_of(s.plan);
    return in_use(s, e) && std::any_of(mounts.begin(), mounts.end(), [&](const auto& m) { return m.name == volume; });
  };
  if (std::any_of(services_.begin(), services_.end(), [&](const auto& s) { return used(s.second); }) ||
      std::any_of(dying_.begin(), dying_.end(), used))
    return model::effect_error{consequence::conflict,
                               model::make_failure(failure_code::volume_failed, "A container uses the volume.")};
  wrote("volume " + it->first, swarm_write::deleted);
  volumes_.erase(it);
  return model::done{};
}

// ---- services
// ----------------------------------------------------------------------------------------------------------

std::uint64_t simulated_swarm::service_version(const environment_id& e, std::string_view service) const {
  const auto it = services_.find(model::object_names::service(e, service));
  return it == services_.end() ? 0 : it->second.version;
}

model::outcome<model::service_observation, model::effect_error> simulated_swarm::converge(
    const model::service_plan& plan, std::optional<std::uint64_t> expected, bool confirm) {
  if (expected && *expected != service_version(plan.environment, plan.spec.service))
    return retry(failure_code::internal, "The service changed meanwhile.");
  if (!networks_.contains(model::object_names::network(plan.environment)))
    return retry(failure_code::network_failed, "The environment's network is not there.");
  // As Docker does when a task mounts a volume that is missing on its node.
  for (const auto& v : model::mounts_of(plan))
    if (const auto volume = model::object_names::volume(plan.environment, v.name);
        volumes_.emplace(volume, plan.environment).second)
      wrote("volume " + volume, swarm_write::created);

  const auto name = model::object_names::service(plan.environment, plan.spec.service);
  const auto known = services_.find(name);
  const bool made = known == services_.end();
  const bool replaced = !made && !same_template(known->second.plan, plan);
  if (plan.spec.job) {  // what runs once is not put right, and what has run is not made again
    const auto& there = known->second.plan;
    if (!made && there.deployment == plan.deployment && there.generation == plan.generation)
      return observe(known->second, model::applied::nothing);
    if (plan.begun) return model::service_observation{};
  }
  if (!made && !replaced && known->second.plan.replicas == plan.replicas) {
    auto seen = observe(known->second, model::applied::nothing, confirm);
    if (known->second.paused && model::may_go_on(plan, seen.tasks, now_)) {
      known->second.paused = false;
      orchestrate(known->second);
    }
    return seen;
  }
  model::standing_service standing;
  if (!made) standing = {true, known->second.plan.replicas, replaced, wrote_alone(known->second.plan, plan)};
  const auto next = model::next_write_of(plan, standing);
  if (next == model::next_write::stop) {
    known->second.plan.replicas = 0;
    known->second.version = ++serial_;
    wrote("service " + name, swarm_write::updated, &plan);
    touch(known->second);
    orchestrate(known->second);
    return observe(known->second, model::applied::stopping);
  }
  if (next == model::next_write::apply_once_alone && writer_lives(plan)) {
    auto seen = made ? model::service_observation{} : observe(known->second, model::applied::stopping);
    seen.change = model::applied::stopping;
    if (!own_writer_lives(name))
      seen.waits_for = model::make_failure(failure_code::volume_in_use, "The volume is still in use.");
    return seen;
  }
  auto& s = services_[name];
  if (made) {
    s.name = name;
    s.id = ++serial_;
  }
  s.plan = plan;
  if (made || replaced) use_template(s);
  s.scaled_by_hand = false;
  s.version = ++serial_;
  wrote("service " + name, made ? swarm_write::created : swarm_write::updated, &plan);
  touch(s);
  orchestrate(s);
  return observe(s, made ? model::applied::created : model::applied::updated);
}

bool simulated_swarm::writer_lives(const model::service_plan& plan) const {
  const auto volumes = model::written_alone(plan);
  const auto name = model::object_names::service(plan.environment, plan.spec.service);
  const auto conflicts = [&](const simulated_service& s) {
    if (s.plan.environment != plan.environment) return false;
    return std::any_of(s.tasks.begin(), s.tasks.end(), [&](const auto& t) {
      if (!alive(t)) return false;
      if (s.name == name) return true;
      const auto mounts = model::mounts_of(s.templates[t.made_for]);
      return std::any_of(mounts.begin(), mounts.end(), [&](const auto& m) {
        return !m.read_only && std::find(volumes.begin(), volumes.end(), m.name) != volumes.end();
      });
    });
  };
  return std::any_of(services_.begin(), services_.end(), [&](const auto& s) { return conflicts(s.second); }) ||
         std::any_of(dying_.begin(), dying_.end(), conflicts);
}

bool simulated_swarm::own_writer_lives(std::string_view name) const {
  const auto lives = [&](const simulated_service& s) {
    return s.name == name && std::any_of(s.tasks.begin(), s.tasks.end(), alive);
  };
  const auto it = services_.find(name);
  return (it != services_.end() && lives(it->second)) || std::any_of(dying_.begin(), dying_.end(), lives);
}

void simulated_swarm::look_for_two_writers(const simulated_service& s, const simulated_task& started) {
  const auto mine = model::mounts_of(s.templates[started.made_for]);
  if (mine.empty()) return;
  const auto together = [&](const simulated_service& other) {
    if (other.plan.environment != s.plan.environment) return;
    for (const auto& t : other.tasks) {
      if (t.by_hand || started.by_hand) continue;  // whoever did that wanted it
      if (t.serial == started.serial || !t.seen.started_at || !alive(t)) continue;
      for (const auto& a : mine)
        for (const auto& b : model::mounts_of(other.templates[t.made_for]))
          if (a.name == b.name && !a.read_only && !b.read_only && !(a.shared && b.shared))
            two_writers_.push_back(a.name + " of " + s.name + ": " + t.seen.id + " and " + started.seen.id);
    }
  };
  for (const auto& [name, other] : services_) together(other);
  for (const auto& other : dying_) together(other);
}

void simulated_swarm::look_for_two_runs(const simulated_service& s, const simulated_task& started) {
  if (!s.plan.spec.job) return;
  if (succeeded_.contains(started.seen.deployment))
    two_runs_.push_back(started.seen.id + " of " + started.seen.deployment.text + " after its success");
  const auto beside = [&](const simulated_service& other) {
    if (other.name != s.name) return;
    for (const auto& t : other.tasks)
      if (t.serial != started.serial && t.seen.started_at && alive(t))
        two_runs_.push_back(started.seen.id + " of " + started.seen.deployment.text + " beside " + t.seen.id);
  };
  for (const auto& [name, other] : services_) beside(other);
  for (const auto& other : dying_) beside(other);
}

// Swarm compares what tasks are made from: where a template comes back, the tasks made from it stay.
void simulated_swarm::use_template(simulated_service& s) {
  const auto known =
      std::find_if(s.templates.begin(), s.templates.end(), [&](const auto& t) { return same_template(t, s.plan); });
  s.made_for = static_cast<std::uint64_t>(known - s.templates.begin());
  if (known == s.templates.end()) s.templates.push_back(s.plan);
  s.paused = false;
  s.slots.clear();
}

model::service_observation simulated_swarm::observe(const simulated_service& s, model::applied change,
                                                    bool confirm) const {
  model::service_observation seen{change, {}};
  for (auto t = s.tasks.rbegin(); t != s.tasks.rend(); ++t) {
    seen.tasks.push_back(t->seen);
    auto& shown = seen.tasks.back();
    if (confirm || t->stopping || !shown.ended_at || *shown.ended_at + lag_ <= now_) continue;
    shown.phase = task_phase::running;
    shown.wanted = true;
    shown.ended_at.reset();
    shown.exit_code.reset();
    shown.completed = false;
    shown.trouble.reset();
  }
  return seen;
}

void simulated_swarm::remove_service(const environment_id& e, std::string_view service) {
  const auto name = model::object_names::service(e, service);
  if (!services_.contains(name)) return;
  wrote("service " + name, swarm_write::deleted);
  drop(name);
}

void simulated_swarm::drop(std::string_view name) {
  const auto it = services_.find(name);
  if (it == services_.end()) return;
  dying_.push_back(std::move(it->second));
  services_.erase(it);
  auto& s = dying_.back();
  unplaced_.erase(s.name);
  touch(s);
  for (auto& t : s.tasks)
    if (serves(t)) stop(s, t);
  if (std::none_of(s.tasks.begin(), s.tasks.end(), alive)) dying_.pop_back();
}

bool simulated_swarm::gone(const environment_id& e, std::string_view service) const {
  const auto name = model::object_names::service(e, service);
  return !services_.contains(name) &&
         std::none_of(dying_.begin(), dying_.end(), [&](const auto& s) { return s.name == name; });
}

actors::engine_listing simulated_swarm::list() const {
  actors::engine_listing listing;
  listing.services.reserve(services_.size());
  for (const auto& [name, s] : services_)
    listing.services.push_back(
        {s.plan.environment, s.plan.spec.service, s.id * 0x9e3779b97f4a7c15ULL + s.changes, s.plan.deployment});
  for (const auto& [name, e] : networks_) listing.networks.push_back(e);
  for (const auto& [name, e] : volumes_) listing.volumes.push_back(e);
  return listing;
}

// ---- tasks
// -------------------------------------------------------------------------------------------------------------

void simulated_swarm::orchestrate(simulated_service& s) {
  for (auto& t : s.tasks)
    if (t.slot > s.plan.replicas && serves(t)) {
      t.scaled_away = true;
      stop(s, t);
    }
  for (std::uint32_t slot = 1; slot <= s.plan.replicas; ++slot) fill_slot(s, slot);
}

bool simulated_swarm::fill_slot(simulated_service& s, std::uint32_t slot) {
  const auto is_new = [&](const simulated_task& t) { return t.made_for == s.made_for; };
  simulated_task* fresh = nullptr;
  simulated_task* old = nullptr;
  bool leaving = false, any_old = false, busy = false;
  for (auto& t : s.tasks) {
    any_old |= serves(t) && !is_new(t);
    busy |= serves(t) && is_new(t) && t.seen.phase != task_phase::running;
    if (t.slot != slot) continue;
    if (serves(t)) (is_new(t) ? fresh : old) = &t;
    leaving |= t.stopping && !t.scaled_away && alive(t);
  }
  if (fresh != nullptr) {
    if (fresh->seen.phase == task_phase::running && old != nullptr) stop(s, *old);
    return false;
  }
  const auto& tries = s.slots[slot];
  if (tries.given_up || now_ < tries.not_before) return false;
  const bool stop_first = model::stops_first(s.plan);
  if (old != nullptr) {
    if (tries.attempts == 0 && (s.paused || (busy && any_old))) return false;
    if (stop_first) {
      stop(s, *old);
      return false;
    }
  } else if (stop_first && leaving) {
    return false;
  }
  start_task(s, slot);
  return true;
}

void simulated_swarm::start_task(simulated_service& s, std::uint32_t slot) {
  drop_history(s);
  simulated_task t;
  t.serial = ++serial_;
  t.slot = slot;
  t.made_for = s.made_for;
  t.by_hand = s.scaled_by_hand;
  t.seen.id = "task-" + std::to_string(t.serial);
  t.seen.name = s.plan.spec.service + '.' + std::to_string(slot);
  t.seen.deployment = s.plan.deployment;
  t.seen.generation = s.plan.generation;
  t.seen.wanted = true;
  s.tasks.push_back(std::move(t));
  place(s, s.tasks.back());
  touch(s);
}

void simulated_swarm::place(simulated_service& s, simulated_task& t) {
  const auto ports = host_ports(s.plan);
  bool taken = false;
  for (std::size_t i = 0; i < node_lost_until_.size() && behaviour_of(s.plan.spec.image) != image_behaviour::noroom;
       ++i) {
    const auto node = static_cast<std::uint32_t>((t.slot + i) % node_lost_until_.size());
    if (node_lost_until_[node] > now_) continue;
    if (std::any_of(ports.begin(), ports.end(), [&](auto p) { return bound_.contains({node, p}); })) {
      taken = true;
      continue;
    }
    for (const auto p : ports) bound_[{node, p}] = s.name;
    t.seen.published = ports;
    t.seen.node = "node-" + std::to_string(node);
    t.seen.unplaceable = false;
    t.seen.trouble.reset();
    t.next = now_ + (behaviour_of(s.plan.spec.image) == image_behaviour::slow ? 12s : chance_.between(100ms, 900ms));
    wake_at(t.next, s, t.serial);
    return;
  }
  unplaced_.insert(s.name);
  t.seen.unplaceable = true;
  t.seen.trouble = taken ? model::make_failure(failure_code::port_conflict, "A host port is already in use.")
                         : model::make_failure(failure_code::no_capacity, "No node has room for this container.");
}

void simulated_swarm::place_waiting() {
  for (const auto& name : std::exchange(unplaced_, {})) {
    const auto it = services_.find(name);
    if (it == services_.end()) continue;
    for (auto& t : it->second.tasks) {
      if (!t.seen.unplaceable || !serves(t)) continue;
      place(it->second, t);
      if (!t.seen.unplaceable) touch(it->second);
    }
  }
}

void simulated_swarm::step(simulated_service& s, simulated_task& t) {
  t.next = {};
  const auto own_end = end_of(behaviour_of(s.plan.spec.image), s.plan.spec, t.seen.generation);
  const model::duration hold = model::hold_of(s.plan);
  const bool ends_at_once = own_end && (own_end->before_running || own_end->after <= hold);
  if (t.stopping) return fail(s, t, 143, std::nullopt, false);
  switch (t.seen.phase) {
    case task_phase::waiting: {
      t.seen.phase = task_phase::starting;
      t.seen.started_at = now_;
      t.seen.container = "c" + std::to_string(t.serial);
      look_for_two_writers(s, t);
      look_for_two_runs(s, t);
      say(s, t, false, "starting " + s.plan.spec.image.text());
      t.next = now_ + (ends_at_once                ? own_end->after
                       : hold.count() > 0          ? hold
                       : model::is_checked(s.plan) ? chance_.between(1000ms, 3000ms)
                                                   : chance_.between(50ms, 200ms));
      break;
    }
    case task_phase::starting:
      if (ends_at_once) return fail(s, t, own_end->exit_code, own_end->trouble, own_end->fatal);
      t.seen.phase = task_phase::running;
      t.seen.held = hold.count() > 0;
      say(s, t, false, "ready");
      if (own_end) t.next = now_ + own_end->after - hold;
      break;
    case task_phase::running:
      if (own_end) return fail(s, t, own_end->exit_code, own_end->trouble, own_end->fatal);
      return;
    case task_phase::ended: return;
  }
  if (t.next != timestamp{}) wake_at(t.next, s, t.serial);
  touch(s);
  orchestrate(s);
}

void simulated_swarm::stop(simulated_service& s, simulated_task& t) {
  t.stopping = true;
  t.seen.wanted = false;
  t.next = now_ + (t.seen.phase == task_phase::waiting ? 10ms : chance_.between(50ms, 1500ms));
  wake_at(t.next, s, t.serial);
  touch(s);
}

// The task is over: by itself, or as it was told to.
void simulated_swarm::fail(simulated_service& s, simulated_task& t, std::optional<int> exit_code,
                           std::optional<model::failure> trouble, bool fatal, bool lost) {
  const bool told = t.stopping;
  for (const auto p : t.seen.published)
    for (std::uint32_t node = 0; node < node_lost_until_.size(); ++node)
      if (t.seen.node == "node-" + std::to_string(node)) bound_.erase({node, p});
  const bool freed = !t.seen.published.empty();
  t.seen.phase = task_phase::ended;
  t.seen.ended_at = now_;
  t.seen.wanted = false;
  t.seen.published.clear();
  if (t.seen.started_at) t.seen.exit_code = exit_code;
  t.seen.unplaceable = false;
  t.seen.fatal = fatal;
  t.seen.excused = lost;
  t.seen.completed = !told && exit_code == 0;
  if (s.plan.spec.job && t.seen.completed) {
    trouble.reset();  // it is what it was started for
    succeeded_.insert(t.seen.deployment);
  }
  t.next = {};
  if (trouble) say(s, t, true, trouble->detail.empty() ? trouble->message : trouble->detail);
  t.seen.trouble = std::move(trouble);
  if (!told && t.made_for == s.made_for) {
    // The updater counts tasks that end, not those whose node is lost.
    s.paused |= !lost && std::any_of(s.tasks.begin(), s.tasks.end(),
                                     [&](const auto& x) { return serves(x) && x.made_for != s.made_for; });
    auto& tries = s.slots[t.slot];
    const auto policy = model::restart_policy_of(s.plan.spec);
    ++tries.attempts;
    tries.given_up = policy.condition == model::restart_condition::none ||
                     (policy.condition == model::restart_condition::on_failure && exit_code == 0) ||
                     (policy.max_attempts != 0 && tries.attempts > policy.max_attempts);
    tries.not_before = now_ + std::chrono::seconds(policy.delay_seconds);
    wake_at(tries.not_before, s, 0);
    if (lag_.count() > 0) wake_at(now_ + lag_, s, 0);
  }
  touch(s);
  if (services_.contains(s.name) && &services_.find(s.name)->second == &s) orchestrate(s);
  if (freed) wakes_.push({now_, ++serial_, std::string(), 0});
}

void simulated_swarm::drop_history(simulated_service& s) {
  std::map<std::uint32_t, std::size_t> ended;
  for (auto t = s.tasks.end(); t != s.tasks.begin();)
    if (--t; !alive(*t) && ++ended[t->slot] > task_history) t = s.tasks.erase(t);
}

void simulated_swarm::say(simulated_service& s, const simulated_task& t, bool is_stderr, std::string text) {
  auto& log = logs_[s.name];
  log.environment = s.plan.environment;
  log.lines.push_back({now_, is_stderr, t.seen.name, std::move(text), t.seen.deployment, ++log.last});
  if (log.lines.size() > log_history) log.lines.pop_front();
}

actors::log_page simulated_swarm::logs(const actors::read_logs& what) const {
  log_sieve sieve(what);
  const auto it = logs_.find(model::object_names::service(what.environment, what.service));
  if (it == logs_.end()) return std::move(sieve).page();
  const auto& lines = it->second.lines;
  const auto take = [&](const actors::log_line& line) { return !sieve.take(line); };
  if (sieve.forward())
    static_cast<void>(std::find_if(lines.begin(), lines.end(), take));
  else
    static_cast<void>(std::find_if(lines.rbegin(), lines.rend(), take));
  return std::move(sieve).page();
}

// ---- from outside
// ------------------------------------------------------------------------------------------------------

void simulated_swarm::remove_service_by_hand(std::string_view name) {
  drop(name);
  stirred_();
}

void simulated_swarm::edit_env_by_hand(std::string_view name) {
  const auto it = services_.find(name);
  if (it == services_.end()) return;
  auto& s = it->second;
  s.plan.spec.env["EDITED_BY_HAND"] = std::to_string(++serial_);
  s.version = ++serial_;
  use_template(s);
  touch(s);
  orchestrate(s);
  stirred_();
}

void simulated_swarm::edit_replicas_by_hand(std::string_view name, std::uint32_t replicas) {
  const auto it = services_.find(name);
  if (it == services_.end()) return;
  it->second.plan.replicas = replicas;
  it->second.scaled_by_hand = true;
  it->second.version = ++serial_;
  touch(it->second);
  orchestrate(it->second);
  stirred_();
}

bool simulated_swarm::remove_network_by_hand(std::string_view name) {
  const auto it = networks_.find(name);
  if (it == networks_.end()) return false;
  const auto attached = [&](const simulated_service& s) { return s.plan.environment == it->second; };
  if (std::any_of(services_.begin(), services_.end(), [&](const auto& s) { return attached(s.second); }) ||
      std::any_of(dying_.begin(), dying_.end(), attached))
    return false;
  touched_.emplace(it->second, std::string());
  networks_.erase(it);
  stirred_();
  return true;
}

void simulated_swarm::crash_task(std::string_view name) {
  const auto it = services_.find(name);
  if (it == services_.end()) return;
  for (auto& t : it->second.tasks)
    if (serves(t) && t.seen.phase == task_phase::running) {
      fail(it->second, t, 137,
           model::make_failure(failure_code::exited, "The container exited with code 137.", "killed"), false);
      return stirred_();
    }
}

std::vector<model::node_size> simulated_swarm::nodes() const {
  return std::vector<model::node_size>(node_lost_until_.size(), {64, 1U << 20U});
}

void simulated_swarm::lose_node(std::uint32_t node, timestamp until) {
  node_lost_until_.at(node) = until;
  wakes_.push({until, ++serial_, std::string(), 0});
  const auto name = "node-" + std::to_string(node);
  for (auto& [key, s] : services_)
    for (std::size_t i = 0; i < s.tasks.size(); ++i)
      if (serves(s.tasks[i]) && s.tasks[i].seen.node == name)
        fail(s, s.tasks[i], std::nullopt, model::make_failure(failure_code::no_capacity, "The node is lost."), false,
             true);
  stirred_();
}

}  // namespace troupe::docker
