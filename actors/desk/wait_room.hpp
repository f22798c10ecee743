// Who waits for a deployment to settle: answered then, or when their time is up, whichever is first. Bounded.
// Thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <unordered_map>
#include <vector>

#include <caf/actor_clock.hpp>

#include "actors/desk/answer_to.hpp"
#include "actors/model/ids.hpp"
#include "actors/views.hpp"

namespace troupe::desk {

class wait_room {
public:
  using moment = caf::actor_clock::time_point;
  using ticket = std::uint64_t;  // 0: full
  using waiter = answer_to<actors::deployment_view_ptr>;

  wait_room(std::size_t capacity, std::size_t per_user) : capacity_(capacity), per_user_(per_user) {}

  ticket enter(const model::deployment_id& id, const model::user_id& user, moment deadline, waiter who);
  // Whoever takes a waiter out answers it, nobody else can: each of these gives a waiter at most once.
  waiter leave(ticket t);  // empty where it has left already
  std::vector<waiter> leave_all(const model::deployment_id& id);
  struct due {
    model::deployment_id id;
    model::user_id user;
    waiter waiting;
  };
  std::vector<due> take_due(moment now);
  bool empty() const;

private:
  struct entry {
    model::deployment_id id;
    model::user_id user;
    moment deadline;
    waiter waiting;
  };
  waiter remove(std::map<ticket, entry>::iterator at);

  const std::size_t capacity_, per_user_;
  mutable std::mutex mutex_;
  ticket last_ = 0;
  std::map<ticket, entry> entries_;
  std::unordered_multimap<model::deployment_id, ticket> by_deployment_;
  std::unordered_map<model::user_id, std::size_t> by_user_;
};

}  // namespace troupe::desk
