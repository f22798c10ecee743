// Who waits for something to settle: answered then, or when their time is up, whichever is first. Bounded.
// Thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <unordered_map>
#include <vector>

#include <caf/actor_clock.hpp>

#include "actors/desk/answer_to.hpp"
#include "actors/model/fair_share.hpp"
#include "actors/model/ids.hpp"

namespace troupe::desk {

template <class Id, class View>
class wait_room {
public:
  using moment = caf::actor_clock::time_point;
  using ticket = std::uint64_t;  // 0: full
  using waiter = answer_to<View>;

  wait_room(std::size_t capacity, std::size_t per_user) : capacity_(capacity), per_user_(per_user) {}

  ticket enter(const Id& id, const model::user_id& user, moment deadline, waiter who);
  // Whoever takes a waiter out answers it, nobody else can: each of these gives a waiter at most once.
  waiter leave(ticket t);  // empty where it has left already
  std::vector<waiter> leave_all(const Id& id);
  struct due {
    Id id;
    model::user_id user;
    waiter waiting;
  };
  std::vector<due> take_due(moment now);
  bool empty() const;

private:
  struct entry {
    Id id;
    model::user_id user;
    moment deadline;
    waiter waiting;
  };
  waiter remove(typename std::map<ticket, entry>::iterator at);

  const std::size_t capacity_, per_user_;
  mutable std::mutex mutex_;
  ticket last_ = 0;
  std::map<ticket, entry> entries_;
  std::unordered_multimap<Id, ticket> by_id_;
  std::unordered_map<model::user_id, std::size_t> by_user_;
};

template <class Id, class View>
typename wait_room<Id, View>::ticket wait_room<Id, View>::enter(const Id& id, const model::user_id& user,
                                                                moment deadline, waiter who) {
  const std::lock_guard lock(mutex_);
  if (entries_.size() >= capacity_) return 0;
  auto& mine = by_user_[user];
  if (mine >= per_user_ || !model::has_fair_share(mine, capacity_ - entries_.size())) return 0;
  ++mine;
  const auto t = ++last_;
  entries_.emplace(t, entry{id, user, deadline, std::move(who)});
  by_id_.emplace(id, t);
  return t;
}

template <class Id, class View>
typename wait_room<Id, View>::waiter wait_room<Id, View>::remove(typename std::map<ticket, entry>::iterator at) {
  auto [begin, end] = by_id_.equal_range(at->second.id);
  for (auto i = begin; i != end; ++i)
    if (i->second == at->first) {
      by_id_.erase(i);
      break;
    }
  const auto mine = by_user_.find(at->second.user);
  if (--mine->second == 0) by_user_.erase(mine);
  auto taken = std::move(at->second.waiting);
  entries_.erase(at);
  return taken;
}

template <class Id, class View>
typename wait_room<Id, View>::waiter wait_room<Id, View>::leave(ticket t) {
  const std::lock_guard lock(mutex_);
  const auto at = entries_.find(t);
  return at == entries_.end() ? nullptr : remove(at);
}

template <class Id, class View>
std::vector<typename wait_room<Id, View>::waiter> wait_room<Id, View>::leave_all(const Id& id) {
  const std::lock_guard lock(mutex_);
  std::vector<ticket> tickets;
  auto [begin, end] = by_id_.equal_range(id);
  for (auto i = begin; i != end; ++i) tickets.push_back(i->second);
  std::vector<waiter> out;
  for (const auto t : tickets) out.push_back(remove(entries_.find(t)));
  return out;
}

template <class Id, class View>
std::vector<typename wait_room<Id, View>::due> wait_room<Id, View>::take_due(moment now) {
  const std::lock_guard lock(mutex_);
  std::vector<due> out;
  for (auto i = entries_.begin(); i != entries_.end();) {
    const auto at = i++;
    if (at->second.deadline > now) continue;
    auto id = at->second.id;
    auto user = at->second.user;
    out.push_back({std::move(id), std::move(user), remove(at)});
  }
  return out;
}

template <class Id, class View>
bool wait_room<Id, View>::empty() const {
  const std::lock_guard lock(mutex_);
  return entries_.empty();
}

}  // namespace troupe::desk
