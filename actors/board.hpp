// The board holds the newest view of each living object, so that reading never waits for a mailbox. Only the owning
// actor publishes; anybody reads, from any thread. What is not on the board (final, or of a deleted environment) is in
// the database.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "actors/views.hpp"

namespace troupe::actors {

class board {
public:
  void publish(deployment_view_ptr view);
  void publish(environment_view_ptr view);
  void publish(site_view_ptr view);
  void publish(application_view_ptr view);
  void withdraw(const model::operation_id& id);
  void withdraw(const model::deployment_id& id);
  void withdraw(const model::environment_id& id);
  void withdraw(const model::environment_id& of, const model::site_id& id);

  deployment_view_ptr find(const model::deployment_id& id) const;
  deployment_view_ptr find(const model::job_id& id) const;
  environment_view_ptr find(const model::environment_id& id) const;
  application_view_ptr find(const model::operation_id& id) const;                // while it is under way
  application_view_ptr find_application(const model::environment_id& in) const;  // likewise; one at most is
  site_views_ptr find_sites(const model::environment_id& of) const;

  // The living releases of one service, by number; none where it has none. Costs what that one service has.
  using releases = std::vector<deployment_view_ptr>;
  releases living(const model::environment_id& in, const std::string& service) const;
  // Those that ask for a host port, in all environments.
  releases holding(std::uint16_t host_port, model::port_protocol protocol) const;
  // The same of all services of an environment that have any, by name.
  std::map<std::string, releases> services(const model::environment_id& in) const;

  // Called after each publication of a deployment, on the publisher's thread; must be quick. Added before the start.
  void on_change(std::function<void(const deployment_view_ptr&)> listener) {
    listeners_.push_back(std::move(listener));
  }
  // The same of applications.
  void on_change(std::function<void(const application_view_ptr&)> listener) {
    application_listeners_.push_back(std::move(listener));
  }

  std::size_t deployments() const { return deployments_.size(); }
  std::size_t environments() const { return environments_.size(); }

  // How many there are in each status. Counted as they are published and withdrawn: reading it visits none of them.
  using status_counts = std::array<std::size_t, model::deployment_status_texts.texts.size()>;
  status_counts deployments_by_status() const;
  // Each deployment once, in no order; `visit` is called under a lock that its publisher waits for: it must be quick.
  template <class Visit>
  void each_deployment(const Visit& visit) const {
    deployments_.each(visit);
  }

  // What the supervisors of the tree have had to do, by kind of actor; kept here so that nobody needs to be asked.
  enum class kind { environment, deployment };
  struct supervision {
    std::size_t restarts = 0;
    std::size_t quarantined = 0;  // at the moment
  };
  void note_restart(kind of) { ++restarts_[static_cast<std::size_t>(of)]; }
  void note_quarantine(kind of, bool entered) { quarantined_[static_cast<std::size_t>(of)] += entered ? 1 : -1; }
  supervision supervised(kind of) const {
    const auto k = static_cast<std::size_t>(of);
    return {restarts_[k], static_cast<std::size_t>(std::max<std::int64_t>(0, quarantined_[k]))};
  }

  // Whether the container engine answers; told by the orchestrator.
  void set_engine(model::engine_reach reach);
  model::engine_reach engine() const;

private:
  template <class Key, class Value>
  class shards {
  public:
    // Both give what was there before.
    Value set(const Key& key, Value value) {
      auto& s = shard(key);
      std::unique_lock lock(s.mutex);
      auto& slot = s.values[key];
      std::swap(slot, value);
      return value;
    }
    Value erase(const Key& key) {
      auto& s = shard(key);
      std::unique_lock lock(s.mutex);
      const auto it = s.values.find(key);
      if (it == s.values.end()) return {};
      auto value = std::move(it->second);
      s.values.erase(it);
      return value;
    }
    template <class Visit>
    void each(const Visit& visit) const {
      for (const auto& s : shards_) {
        std::shared_lock lock(s.mutex);
        for (const auto& [unused, value] : s.values) visit(value);
      }
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

  // Which releases ask for which host ports.
  class port_index {
  public:
    void put(const model::deployment& row);
    void drop(const model::deployment& row);
    std::vector<model::deployment_id> find(std::uint16_t port, model::port_protocol protocol) const;

  private:
    using port_key = std::pair<std::uint16_t, model::port_protocol>;
    mutable std::shared_mutex mutex_;
    std::map<port_key, std::set<model::deployment_id>> holders_;
  };

  service_index services_;
  port_index ports_;
  shards<model::deployment_id, deployment_view_ptr> deployments_;
  shards<model::job_id, deployment_view_ptr> jobs_;
  shards<model::environment_id, environment_view_ptr> environments_;
  shards<model::environment_id, site_views_ptr> sites_;  // changed by the edge's actor alone
  shards<model::operation_id, application_view_ptr> applications_;
  shards<model::environment_id, application_view_ptr> applications_in_;
  std::vector<std::function<void(const deployment_view_ptr&)>> listeners_;
  std::vector<std::function<void(const application_view_ptr&)>> application_listeners_;
  std::array<std::atomic<std::int64_t>, model::deployment_status_texts.texts.size()> by_status_{};
  std::array<std::atomic<std::size_t>, 2> restarts_{};
  std::array<std::atomic<std::int64_t>, 2> quarantined_{};
  std::atomic<std::shared_ptr<const model::engine_reach>> engine_{};
};

// Counts one of this kind as quarantined for as long as it is held.
inline std::shared_ptr<void> quarantine(const std::shared_ptr<board>& on, board::kind of) {
  on->note_quarantine(of, true);
  return {nullptr, [on, of](void*) { on->note_quarantine(of, false); }};
}

}  // namespace troupe::actors
