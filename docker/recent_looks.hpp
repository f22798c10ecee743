// Which services were just read in full and found as planned, so that the next look needs their tasks alone.
// Any thread may call.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "actors/model/deployment.hpp"

namespace troupe::docker {

class recent_looks {
public:
  using clock = std::chrono::steady_clock;
  // Events come sooner; this bounds what a lost one can hide while a deployment waits for its containers.
  static constexpr std::chrono::milliseconds lifetime{500};

  // A full look begins. Its ticket is void once the service is forgotten: the change that an event tells of may not
  // have been seen.
  std::uint64_t begin(const std::string& service, clock::time_point now) {
    const std::lock_guard lock(mutex_);
    std::erase_if(looks_, [&](const auto& each) { return each.second.until <= now; });
    looks_.insert_or_assign(service, look{++tickets_, std::nullopt, {}, now + lifetime});
    return tickets_;
  }

  void remember(const std::string& service, std::uint64_t ticket, const model::service_plan& plan, std::string id,
                clock::time_point now) {
    const std::lock_guard lock(mutex_);
    const auto it = looks_.find(service);
    if (it != looks_.end() && it->second.ticket == ticket) it->second = {ticket, plan, std::move(id), now + lifetime};
  }

  // The service's Docker id, where this very plan was found in force not long ago.
  std::optional<std::string> find(const std::string& service, const model::service_plan& plan,
                                  clock::time_point now) const {
    const std::lock_guard lock(mutex_);
    const auto it = looks_.find(service);
    if (it == looks_.end() || it->second.until <= now || it->second.plan != plan) return std::nullopt;
    return it->second.id;
  }

  void forget(const std::string& service) {
    const std::lock_guard lock(mutex_);
    looks_.erase(service);
  }

  void forget_all() {
    const std::lock_guard lock(mutex_);
    looks_.clear();
  }

private:
  struct look {
    std::uint64_t ticket;
    std::optional<model::service_plan> plan;  // none yet: the look is under way
    std::string id;
    clock::time_point until;
  };

  mutable std::mutex mutex_;
  std::uint64_t tickets_ = 0;
  std::map<std::string, look> looks_;
};

}  // namespace troupe::docker
