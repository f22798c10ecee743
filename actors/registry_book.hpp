// The registry logins of all users, so that no pull waits for the database. Filled at the start; changed by the
// database's actor alone, in the order of its commits. Any thread reads.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <utility>
#include <vector>

#include "actors/model/ids.hpp"
#include "actors/model/registry_login.hpp"

namespace troupe::actors {

class registry_book {
public:
  void put(const model::user_id& owner, model::registry_login login) {
    const std::unique_lock lock(mutex_);
    auto registry = login.registry;
    logins_.insert_or_assign({owner.text, std::move(registry)}, std::move(login));
  }
  void erase(const model::user_id& owner, const std::string& registry) {
    const std::unique_lock lock(mutex_);
    logins_.erase({owner.text, registry});
  }
  std::optional<model::registry_login> find(const model::user_id& owner, const std::string& registry) const {
    const std::shared_lock lock(mutex_);
    const auto it = logins_.find({owner.text, registry});
    return it == logins_.end() ? std::nullopt : std::optional(it->second);
  }
  // By the registry's name.
  std::vector<model::registry_login> of(const model::user_id& owner) const {
    const std::shared_lock lock(mutex_);
    std::vector<model::registry_login> out;
    for (auto it = logins_.lower_bound({owner.text, {}}); it != logins_.end() && it->first.first == owner.text; ++it)
      out.push_back(it->second);
    return out;
  }

private:
  mutable std::shared_mutex mutex_;
  std::map<std::pair<std::string, std::string>, model::registry_login> logins_;  // by user and registry
};

}  // namespace troupe::actors
