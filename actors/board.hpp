// The board holds the newest view of each living object, so that reading never waits for a mailbox. Only the owning
// actor publishes; anybody reads, from any thread. What is not on the board (final, or of a deleted environment) is in
// the database.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "actors/views.hpp"

namespace troupe::actors {

class board {
public:
  void publish(deployment_view_ptr view);
  void publish(environment_view_ptr view);
  void publish(site_view_ptr view);
  void withdraw(const model::deployment_id& id);
  void withdraw(const model::environment_id& id);
  void withdraw_site(const model::environment_id& id);

  deployment_view_ptr find(const model::deployment_id& id) const;
  deployment_view_ptr find(const model::job_id& id) const;
  environment_view_ptr find(const model::environment_id& id) const;
  site_view_ptr find_site(const model::environment_id& id) const;

  // The living releases of one service, by number; none where it has none. Costs what that one service has.
  using releases = std::vector<deployment_view_ptr>;
  releases living(const model::environment_id& in, const std::string& service) const;
  // The same of all services of an environment that have any, by name.
  std::map<std::string, releases> services(const model::environment_id& in) const;

  // Called after each publication of a deployment, on the publisher's thread; must be quick. Added before the start.
  void on_change(std::function<void(const deployment_view_ptr&)> listener) {
    listeners_.push_back(std::move(listener));
  }

  std::size_t deployments() const { return deployments_.size(); }
  std::size_t environments() const { return environments_.size(); }

private:
  template <class Key, class Value>
  class shards {
  public:
    void set(const Key& key, Value value) {
      auto& s = shard(key);
      std::unique_lock lock(s.mutex);
      s.values.insert_or_assign(key, std::move(value));
    }
    void erase(const Key& key) {
      auto& s = shard(key);
      std::unique_lock lock(s.mutex);
      s.values.erase(key);
    }
    Value get(const Key& key) const {
      const auto& s = const_cast<shards*>(this)->shard(key);
      std::shared_lock lock(s.mutex);
      const auto it = s.values.find(key);
      return it == s.values.end() ? Value{} : it->second;
    }
    std::size_t size() const {
      std::size_t n = 0;
      for (const auto& s : shards_) {
        std::shared_lock lock(s.mutex);
        n += s.values.size();
      }
      return n;
    }

  private:
    struct one {
      mutable std::shared_mutex mutex;
      std::unordered_map<Key, Value> values;
    };
    one& shard(const Key& key) { return shards_[std::hash<Key>{}(key) % shards_.size()]; }
    std::array<one, 16> shards_;
  };

  // By environment and name, so that those of one environment lie side by side.
  class service_index {
  public:
    void put(const deployment_view_ptr& view);
    void drop(const model::deployment& row);
    releases find(const model::environment_id& in, const std::string& service) const;
    std::map<std::string, releases> all(const model::environment_id& in) const;

  private:
    using by_number = std::map<std::uint64_t, deployment_view_ptr>;
    struct shard {
      mutable std::shared_mutex mutex;
      std::map<std::pair<model::environment_id, std::string>, by_number> services;
    };
    shard& of(const model::environment_id& id) {
      return shards_[std::hash<model::environment_id>{}(id) % shards_.size()];
    }
    const shard& of(const model::environment_id& id) const { return const_cast<service_index*>(this)->of(id); }
    std::array<shard, 16> shards_;
  };

  service_index services_;
  shards<model::deployment_id, deployment_view_ptr> deployments_;
  shards<model::job_id, deployment_view_ptr> jobs_;
  shards<model::environment_id, environment_view_ptr> environments_;
  shards<model::environment_id, site_view_ptr> sites_;
  std::vector<std::function<void(const deployment_view_ptr&)>> listeners_;
};

}  // namespace troupe::actors
