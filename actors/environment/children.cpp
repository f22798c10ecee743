#include "actors/environment/children.hpp"

namespace troupe::actors::environment {

namespace {

void put(children::ids& in, const deployment_id& id, bool belongs) {
  if (belongs)
    in.insert(id);
  else
    in.erase(id);
}

}  // namespace

child& children::add(const deployment_id& id, const std::string& service) {
  const auto [it, fresh] = all_.try_emplace(id);
  if (fresh) {
    it->second.brief.id = id;
    it->second.brief.service = service;
    by_service_[service].insert(id);
  }
  return it->second;
}

void children::erase(const deployment_id& id) {
  const auto it = all_.find(id);
  if (it == all_.end()) return;
  if (it->second.actor) by_actor_.erase(it->second.actor.address());
  const auto siblings = by_service_.find(it->second.brief.service);
  siblings->second.erase(id);
  if (siblings->second.empty()) by_service_.erase(siblings);
  pending_.erase(id);
  unanswered_.erase(id);
  all_.erase(it);
}

void children::note(const child& c) {
  const auto& id = c.brief.id;
  put(pending_, id, c.brief.status == model::deployment_status::pending);
  put(unanswered_, id, c.actor && c.told_active && !c.answered);
  if (c.actor) by_actor_.try_emplace(c.actor.address(), id);
}

child* children::find(const deployment_id& id) {
  const auto it = all_.find(id);
  return it == all_.end() ? nullptr : &it->second;
}

child* children::lose(const caf::actor_addr& actor) {
  const auto it = by_actor_.find(actor);
  if (it == by_actor_.end()) return nullptr;
  auto& c = all_.at(it->second);
  by_actor_.erase(it);
  c.actor = nullptr;
  note(c);
  return &c;
}

const children::ids& children::of(const std::string& service) const {
  static const ids none;
  const auto it = by_service_.find(service);
  return it == by_service_.end() ? none : it->second;
}

}  // namespace troupe::actors::environment
