#include "tests/support/stored_world.hpp"

#include <algorithm>
#include <set>
#include <tuple>

namespace troupe::support {

using model::consequence;
using model::problem;

namespace {

problem conflict(std::string detail, std::vector<model::violation> violations = {}) {
  return {consequence::conflict, std::move(detail), std::move(violations), 0};
}
problem not_found(std::string what) {
  return {consequence::not_found, "There is no such " + what + ".", {}, 0};
}

// Host ports are leased to an environment as long as a release of it that is not final asks for them.
bool leases(const model::deployment& d, std::uint16_t port, model::port_protocol protocol) {
  return !model::is_final(d.status) && std::any_of(d.spec.ports.begin(), d.spec.ports.end(), [&](const auto& p) {
    return p.host == port && p.protocol == protocol;
  });
}

bool living(const model::environment& e) {
  return e.status != model::environment_status::deleted;
}

}  // namespace

std::optional<problem> stored_world::objection(const model::environment& row) const {
  const auto it = environments_.find(row.id);
  if (it == environments_.end()) {
    if (row.revision != 1) return conflict("The environment's revision is stale.");
    for (const auto& [id, other] : environments_)
      if (other.owner == row.owner && other.name == row.name && living(other))
        return conflict("An environment of this name exists already.", {{"/name", "is taken"}});
    return std::nullopt;
  }
  if (it->second == row || row.revision == it->second.revision + 1) return std::nullopt;
  return conflict("The environment's revision is stale.");
}

std::optional<problem> stored_world::objection(const model::deployment& row, const actors::save& with) const {
  const auto it = deployments_.find(row.id);
  if (it != deployments_.end()) {
    if (it->second.row == row || row.revision == it->second.row.revision + 1) return std::nullopt;
    return conflict("The deployment's revision is stale.");
  }
  if (row.revision != 1) return conflict("The deployment's revision is stale.");
  if (jobs_.contains(row.job)) return conflict("The job exists already.");
  const auto numbers = numbers_.find(row.environment);
  if (numbers != numbers_.end() && numbers->second.contains(row.number))
    return conflict("The deployment's number is taken.");
  const bool new_environment = std::any_of(with.changes.begin(), with.changes.end(), [&](const auto& c) {
    const auto* e = std::get_if<actors::save_environment>(&c);
    return e != nullptr && e->row.id == row.environment;
  });
  if (!environments_.contains(row.environment) && !new_environment) return not_found("environment");
  const bool of_application = std::any_of(with.changes.begin(), with.changes.end(), [](const auto& c) {
    return std::holds_alternative<actors::save_application>(c);
  });
  const auto place = of_application ? '/' + row.spec.service : std::string();
  std::vector<model::violation> taken;
  for (std::size_t i = 0; i < row.spec.ports.size(); ++i) {
    const auto& p = row.spec.ports[i];
    if (!p.host) continue;
    for (const auto& [id, other] : deployments_)
      if (other.row.environment != row.environment && leases(other.row, *p.host, p.protocol))
        taken.push_back({place + "/ports/" + std::to_string(i) + "/host", model::told_taken(p)});
  }
  if (!taken.empty()) return conflict("A host port is taken.", std::move(taken));
  return std::nullopt;
}

model::outcome<model::done> stored_world::save(const actors::save& what, model::timestamp) {
  for (const auto& c : what.changes) {
    if (std::holds_alternative<actors::save_application>(c)) continue;
    const auto no = std::holds_alternative<actors::save_environment>(c)
                        ? objection(std::get<actors::save_environment>(c).row)
                        : objection(std::get<actors::save_deployment>(c).row, what);
    if (no) return *no;
  }
  bool changed = false;
  for (const auto& c : what.changes) {
    if (const auto* e = std::get_if<actors::save_environment>(&c)) {
      const auto it = environments_.find(e->row.id);
      if (it != environments_.end() && it->second == e->row) continue;
      const auto before = it == environments_.end() ? std::nullopt : std::optional(it->second);
      environments_[e->row.id] = e->row;
      if (environment_listener_) environment_listener_(before ? &*before : nullptr, e->row);
    } else if (const auto* a = std::get_if<actors::save_application>(&c)) {
      if (a->awaits)
        for (const auto& [service, others] : *a->awaits) awaits_[a->row.environment][service] = others;
      const auto it = applications_.find(a->row.id);
      if (it != applications_.end() && it->second.revision >= a->row.revision) continue;
      const auto before = it == applications_.end() ? std::nullopt : std::optional(it->second);
      applications_[a->row.id] = a->row;
      if (application_listener_) application_listener_(before ? &*before : nullptr, a->row);
    } else {
      const auto& d = std::get<actors::save_deployment>(c);
      const auto it = deployments_.find(d.row.id);
      if (it != deployments_.end() && it->second.row == d.row) continue;
      const auto before = it == deployments_.end() ? std::nullopt : std::optional(it->second.row);
      auto& stored = deployments_[d.row.id];
      stored.row = d.row;
      if (d.containers) stored.containers = *d.containers;
      numbers_[d.row.environment][d.row.number] = d.row.id;
      jobs_[d.row.job] = d.row.id;
      if (d.told)
        transitions_[d.row.id].push_back({d.row.id, d.row.revision, d.row.status, d.row.updated_at, d.detail, 1,
                                          d.row.updated_at, d.asked, d.ended});
      if (deployment_listener_) deployment_listener_(before ? &*before : nullptr, d.row);
    }
    ++writes_;
    changed = true;
  }
  for (const auto& c : what.changes)
    if (const auto* d = std::get_if<actors::save_deployment>(&c);
        d && d->row.status == model::deployment_status::removed)
      drop_dependencies(d->row);
  if (changed && committed_) committed_();
  return model::done{};
}

// With the last release of the service that lives or has succeeded.
void stored_world::drop_dependencies(const model::deployment& of) {
  for (const auto& [number, id] : numbers_[of.environment]) {
    const auto& other = deployments_.at(id).row;
    if (other.spec.service == of.spec.service &&
        (!model::is_final(other.status) || other.status == model::deployment_status::succeeded))
      return;
  }
  awaits_[of.environment].erase(of.spec.service);
}

void stored_world::listen(deployment_listener d, environment_listener e, std::function<void()> committed) {
  deployment_listener_ = std::move(d);
  environment_listener_ = std::move(e);
  committed_ = std::move(committed);
}

actors::living_rows stored_world::load_living() const {
  actors::living_rows rows;
  for (const auto& [id, e] : environments_)
    if (living(e)) rows.environments.push_back(e);
  for (const auto& [id, d] : deployments_)
    if (const auto e = environments_.find(d.row.environment);
        e != environments_.end() && living(e->second) && !model::is_final(d.row.status))
      rows.deployments.push_back(d.row);
  for (const auto& [id, a] : applications_)
    if (const auto e = environments_.find(a.environment);
        e != environments_.end() && living(e->second) && !model::is_over(a.status))
      rows.applications.push_back(a);
  return rows;
}

model::outcome<actors::living_rows> stored_world::load_environment(const model::environment_id& id,
                                                                   bool even_deleted) const {
  actors::living_rows rows;
  const auto it = environments_.find(id);
  if (it == environments_.end() || !(even_deleted || living(it->second))) return not_found("environment");
  rows.environments.push_back(it->second);
  for (const auto& [other, a] : applications_)
    if (a.environment == id && !model::is_over(a.status)) rows.applications.push_back(a);
  const auto numbers = numbers_.find(id);
  if (numbers == numbers_.end()) return rows;
  for (const auto& [number, d] : numbers->second)
    if (const auto& row = deployments_.at(d).row; !model::is_final(row.status)) rows.deployments.push_back(row);
  return rows;
}

model::outcome<actors::stored_deployment> stored_world::find(const actors::find_deployment& what) const {
  model::deployment_id id;
  if (const auto* direct = std::get_if<model::deployment_id>(&what.id))
    id = *direct;
  else if (const auto job = jobs_.find(std::get<model::job_id>(what.id)); job != jobs_.end())
    id = job->second;
  const auto it = deployments_.find(id);
  if (it == deployments_.end() || (!what.owner.empty() && it->second.row.owner != what.owner))
    return not_found("deployment");
  return it->second;
}

model::outcome<std::vector<actors::stored_deployment>> stored_world::list(const actors::list_deployments& what) const {
  const auto e = environments_.find(what.environment);
  if (e == environments_.end() || !living(e->second) || e->second.owner != what.owner) return not_found("environment");
  std::vector<actors::stored_deployment> found;
  const auto numbers = numbers_.find(what.environment);
  if (numbers == numbers_.end()) return found;
  for (auto n = numbers->second.rbegin(); n != numbers->second.rend() && found.size() < what.limit; ++n)
    if (const auto& d = deployments_.at(n->second); (!what.before_number || n->first < *what.before_number) &&
                                                    (what.service.empty() || d.row.spec.service == what.service) &&
                                                    (!what.status || d.row.status == *what.status))
      found.push_back(d);
  return found;
}

std::vector<actors::stored_deployment> stored_world::list(const actors::list_own_deployments& what) const {
  const auto order = [](const actors::stored_deployment& d) { return std::tie(d.row.created_at, d.row.id); };
  const auto last = what.before ? deployments_.find(*what.before) : deployments_.end();
  std::vector<actors::stored_deployment> found;
  for (const auto& [id, d] : deployments_) {
    const auto& e = environments_.at(d.row.environment);
    if (d.row.owner != what.owner || !living(e) || (last != deployments_.end() && order(d) >= order(last->second)))
      continue;
    if (!what.only.empty() && std::find(what.only.begin(), what.only.end(), e.id) == what.only.end()) continue;
    if (!what.service.empty() && d.row.spec.service != what.service) continue;
    if (!what.status || d.row.status == *what.status) found.push_back(d);
  }
  std::sort(found.begin(), found.end(), [&](const auto& a, const auto& b) { return order(a) > order(b); });
  if (found.size() > what.limit) found.resize(what.limit);
  return found;
}

std::vector<actors::stored_deployment> stored_world::list(const actors::list_ended_services& what) const {
  std::map<std::string, const actors::stored_deployment*> newest, done;
  std::set<std::string> alive;
  if (const auto numbers = numbers_.find(what.environment); numbers != numbers_.end())
    for (const auto& [number, id] : numbers->second) {
      const auto& d = deployments_.at(id);
      newest[d.row.spec.service] = &d;
      if (d.row.status == model::deployment_status::succeeded) done[d.row.spec.service] = &d;
      if (!model::is_final(d.row.status)) alive.insert(d.row.spec.service);
    }
  std::vector<actors::stored_deployment> found;
  for (const auto& [name, d] : newest)
    if (name > what.after && !alive.contains(name) && found.size() < what.limit &&
        model::came_to_its_end(d->row.status) && living(environments_.at(what.environment)))
      found.push_back(what.done_jobs && d->row.spec.job && done.contains(name) ? *done.at(name) : *d);
  return found;
}

std::vector<actors::stored_deployment> stored_world::list(const actors::list_recent_deployments& what) const {
  std::vector<actors::stored_deployment> found;
  for (const auto& [id, d] : deployments_)
    if (!what.status || d.row.status == *what.status) found.push_back(d);
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
    return std::tie(a.row.created_at, a.row.id) > std::tie(b.row.created_at, b.row.id);
  });
  if (found.size() > what.limit) found.resize(what.limit);
  return found;
}

std::vector<model::environment> stored_world::list(const actors::list_environments& what) const {
  std::vector<model::environment> found;
  for (const auto& [id, e] : environments_)
    if (e.owner == what.owner && living(e) &&
        (what.only.empty() || std::find(what.only.begin(), what.only.end(), id) != what.only.end()))
      found.push_back(e);
  const auto order = [](const auto& e) { return std::tie(e.created_at, e.id); };
  std::sort(found.begin(), found.end(), [&](const auto& a, const auto& b) { return order(a) < order(b); });
  if (what.after)
    if (const auto last = environments_.find(*what.after); last != environments_.end())
      std::erase_if(found, [&](const auto& e) { return order(e) <= order(last->second); });
  if (found.size() > what.limit) found.resize(what.limit);
  return found;
}

model::outcome<actors::stored_deployment> stored_world::find(const actors::find_predecessor& what) const {
  if (const auto numbers = numbers_.find(what.environment); numbers != numbers_.end())
    for (auto n = numbers->second.rbegin(); n != numbers->second.rend(); ++n) {
      const auto& d = deployments_.at(n->second);
      if (n->first >= what.number || d.row.spec.service != what.service || d.row.spec.job) continue;
      if (d.row.running_since && d.row.status != model::deployment_status::removed) return d;
    }
  return not_found("earlier release");
}

model::outcome<actors::application_view_ptr> stored_world::find(const actors::find_application& what) const {
  const auto it = applications_.find(what.id);
  if (it == applications_.end() || (!what.owner.empty() && it->second.owner != what.owner))
    return not_found("operation");
  return std::make_shared<const model::application>(it->second);
}

std::vector<actors::application_view_ptr> stored_world::list(const actors::list_applications& what) const {
  std::vector<actors::application_view_ptr> found;
  for (const auto& [id, a] : applications_)
    if (a.environment == what.environment && a.owner == what.owner)
      found.push_back(std::make_shared<const model::application>(a));
  const auto order = [](const auto& a) { return std::tie(a->created_at, a->id); };
  std::sort(found.begin(), found.end(), [&](const auto& a, const auto& b) { return order(a) > order(b); });
  if (const auto last = what.before ? applications_.find(*what.before) : applications_.end();
      last != applications_.end())
    std::erase_if(found, [&](const auto& a) { return order(a) >= order(&last->second); });
  if (found.size() > what.limit) found.resize(what.limit);
  return found;
}

model::dependencies stored_world::list(const actors::list_dependencies& what) const {
  model::dependencies found;
  const auto it = awaits_.find(what.environment);
  if (it == awaits_.end()) return found;
  for (const auto& [service, others] : it->second)
    if (!others.empty()) found.emplace(service, others);
  return found;
}

std::vector<model::transition> stored_world::list(const actors::list_transitions& what) const {
  std::vector<model::transition> found;
  if (const auto it = transitions_.find(what.deployment); it != transitions_.end())
    for (const auto& t : it->second)
      if (t.revision > what.after_revision) found.push_back(t);
  return found;
}

std::vector<model::transition> stored_world::list(const actors::list_lines& what) const {
  std::vector<model::transition> found;
  for (const auto& id : what.deployments)
    for (const auto& t : list(actors::list_transitions{id}))
      if (t.at >= what.since) found.push_back(t);
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
    return std::tie(a.at, a.deployment, a.revision) < std::tie(b.at, b.deployment, b.revision);
  });
  if (found.size() > what.limit) found.erase(found.begin(), found.end() - what.limit);
  return found;
}

// ---- people
// ------------------------------------------------------------------------------------------------------------

model::user_id stored_world::ensure(const actors::ensure_user& what) {
  return users_.emplace(what.name, what.id).first->second;
}

model::outcome<model::done> stored_world::insert(const actors::insert_key& what) {
  if (!keys_.emplace(what.key.key_id, what.key).second) return conflict("The key exists already.");
  return model::done{};
}

model::outcome<model::api_key> stored_world::find(const actors::find_key& what) const {
  const auto it = keys_.find(what.key_id);
  if (it == keys_.end()) return not_found("key");
  return it->second;
}

std::vector<model::api_key> stored_world::list(const actors::list_keys& what) const {
  std::vector<model::api_key> found;
  for (const auto& [id, key] : keys_)
    if (key.owner == what.owner && !key.revoked_at) found.push_back(key);
  return found;
}

model::outcome<model::done> stored_world::revoke(const actors::revoke_key& what, model::timestamp now) {
  const auto it = keys_.find(what.key_id);
  if (it == keys_.end() || (!what.owner.empty() && it->second.owner != what.owner)) return not_found("key");
  if (!it->second.revoked_at) it->second.revoked_at = now;
  return model::done{};
}

void stored_world::touch(const actors::touch_keys& what) {
  for (const auto& [id, at] : what.last_used)
    if (const auto it = keys_.find(id); it != keys_.end()) it->second.last_used_at = at;
}

model::outcome<model::done> stored_world::insert(const actors::insert_magic_link& what, model::timestamp now) {
  links_.emplace(what.token_hash, magic_link{what.key, now + what.lifetime});
  return model::done{};
}

model::outcome<model::done> stored_world::find(const actors::find_magic_link& what, model::timestamp now) const {
  const auto it = links_.find(what.token_hash);
  if (it == links_.end() || it->second.used || it->second.expires_at <= now) return not_found("link");
  return model::done{};
}

model::outcome<model::api_key> stored_world::spend(const actors::spend_magic_link& what, model::timestamp now) {
  if (!find(actors::find_magic_link{what.token_hash}, now)) {
    const auto own = keys_.find(what.key_id);
    if (own == keys_.end() || own->second.secret_hash != what.secret_hash) return not_found("link");
    return own->second;
  }
  auto& link = links_.at(what.token_hash);
  link.used = true;
  model::api_key row;
  row.key_id = what.key_id;
  row.owner = link.key.owner;
  row.name = link.key.name;
  row.scopes = link.key.scopes;
  row.secret_hash = what.secret_hash;
  row.created_at = now;
  if (link.key.key_lifetime) row.expires_at = now + *link.key.key_lifetime;
  row.environments = link.key.environments;
  return keys_.emplace(row.key_id, row).first->second;
}

actors::idempotency_claim stored_world::claim(const actors::claim_idempotency& what) {
  const auto [it, fresh] = claims_.emplace(std::pair{what.owner, what.key},
                                           actors::idempotency_claim{true, what.fingerprint, what.planned, 0, {}});
  auto claim = it->second;
  claim.fresh = fresh;
  return claim;
}

model::outcome<model::done> stored_world::store(const actors::store_idempotent_answer& what) {
  const auto it = claims_.find({what.owner, what.key});
  if (it == claims_.end()) return not_found("claim");
  it->second.status = what.status;
  it->second.body = what.body;
  return model::done{};
}

model::outcome<model::done> stored_world::release(const actors::release_idempotency& what) {
  const auto it = claims_.find({what.owner, what.key});
  if (it != claims_.end() && it->second.status == 0) claims_.erase(it);
  return model::done{};
}

}  // namespace troupe::support
