// Which releases hold which things of an environment, and how.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "actors/model/ids.hpp"

namespace troupe::model {

template <class Key, class How>
class claim_index {
public:
  struct holder {
    std::string service;
    How how;
  };

  void hold(const Key& key, const deployment_id& release, holder by) {
    of_key_[key].emplace(release, std::move(by));
    of_release_[release].push_back(key);
  }
  void let_go(const deployment_id& release) {
    const auto held = of_release_.find(release);
    if (held == of_release_.end()) return;
    for (const auto& key : held->second) {
      const auto found = of_key_.find(key);
      if (found == of_key_.end()) continue;
      found->second.erase(release);
      if (found->second.empty()) of_key_.erase(found);
    }
    of_release_.erase(held);
  }

  // The first one, by the releases' ids, that is `in_the_way`; null: none is.
  template <class InTheWay>
  const holder* find(const Key& key, InTheWay in_the_way) const {
    if (const auto found = of_key_.find(key); found != of_key_.end())
      for (const auto& [release, by] : found->second)
        if (in_the_way(by)) return &by;
    return nullptr;
  }

private:
  std::map<Key, std::multimap<deployment_id, holder>> of_key_;  // a release may hold a thing several times
  std::map<deployment_id, std::vector<Key>> of_release_;
};

}  // namespace troupe::model
