// The living releases of an environment: found by id, by service and by actor, and counted where something must be
// known of all of them without looking at each.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>

#include "actors/deployment.hpp"
#include "actors/model/restart_budget.hpp"

namespace troupe::actors::environment {

struct child {
  deployment_actor actor;  // none while it waits for its restart, or is quarantined
  model::release_brief brief;
  bool told_active = false;
  bool granted = false;
  bool quiet = true;
  bool answered = false;              // by Docker, since the actor's start
  bool leaving = false;               // told to remove itself, with its environment
  std::shared_ptr<void> quarantined;  // held while it stays down for good
  model::restart_budget budget;
  std::string last_error;
};

class children {
public:
  using ids = std::set<deployment_id>;

  // The one of this id, or a new one of this service.
  child& add(const deployment_id& id, const std::string& service);
  void erase(const deployment_id& id);
  // To be called after each change of one.
  void note(const child& c);

  child* find(const deployment_id& id);
  // The one whose actor this was: it has none any more.
  child* lose(const caf::actor_addr& actor);
  child& at(const deployment_id& id) { return all_.at(id); }
  const child& at(const deployment_id& id) const { return all_.at(id); }
  bool contains(const deployment_id& id) const { return all_.contains(id); }
  bool empty() const { return all_.empty(); }
  std::size_t size() const { return all_.size(); }
  // Of one service; none where it has none.
  const ids& of(const std::string& service) const;
  const std::map<std::string, ids>& by_service() const { return by_service_; }
  auto begin() { return all_.begin(); }
  auto end() { return all_.end(); }

  std::size_t pending() const { return pending_.size(); }
  // Some were told to act and Docker has not answered them since their actors' start.
  bool await_docker() const { return !unanswered_.empty(); }

private:
  std::map<deployment_id, child> all_;
  std::map<std::string, ids> by_service_;
  std::map<caf::actor_addr, deployment_id> by_actor_;
  ids pending_, unanswered_;
};

}  // namespace troupe::actors::environment
