// Calls with `?wait=`: answered when their deployment settles or their time is up, whichever is first. Bounded.
// Thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include <caf/actor_clock.hpp>

#include "actors/model/ids.hpp"
#include "http/api/call.hpp"

namespace troupe::http::api {

class wait_room {
public:
  using moment = caf::actor_clock::time_point;
  using ticket = std::uint64_t;  // 0: full

  wait_room(std::size_t capacity, std::size_t per_user) : capacity_(capacity), per_user_(per_user) {}

  ticket enter(const model::deployment_id& id, call_ptr c, moment deadline);
  // Whoever takes a call out answers it, nobody else can: each of these gives a call at most once.
  call_ptr leave(ticket t);
  std::vector<call_ptr> leave_all(const model::deployment_id& id);
  struct due {
    model::deployment_id id;
    call_ptr waiting;
  };
  std::vector<due> take_due(moment now);
  bool empty() const;

private:
  struct waiter {
    model::deployment_id id;
    call_ptr waiting;
    moment deadline;
  };
  call_ptr remove(std::map<ticket, waiter>::iterator at);

  const std::size_t capacity_, per_user_;
  mutable std::mutex mutex_;
  ticket last_ = 0;
  std::map<ticket, waiter> waiters_;
  std::unordered_multimap<model::deployment_id, ticket> by_deployment_;
  std::unordered_map<std::string, std::size_t> by_user_;
};

}  // namespace troupe::http::api
