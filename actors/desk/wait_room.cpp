#include "actors/desk/wait_room.hpp"

#include "actors/model/fair_share.hpp"

namespace troupe::desk {

wait_room::ticket wait_room::enter(const model::deployment_id& id, const model::user_id& user, moment deadline,
                                   waiter who) {
  const std::lock_guard lock(mutex_);
  if (entries_.size() >= capacity_) return 0;
  auto& mine = by_user_[user];
  if (mine >= per_user_ || !model::has_fair_share(mine, capacity_ - entries_.size())) return 0;
  ++mine;
  const auto t = ++last_;
  entries_.emplace(t, entry{id, user, deadline, std::move(who)});
  by_deployment_.emplace(id, t);
  return t;
}

wait_room::waiter wait_room::remove(std::map<ticket, entry>::iterator at) {
  auto [begin, end] = by_deployment_.equal_range(at->second.id);
  for (auto i = begin; i != end; ++i)
    if (i->second == at->first) {
      by_deployment_.erase(i);
      break;
    }
  const auto mine = by_user_.find(at->second.user);
  if (--mine->second == 0) by_user_.erase(mine);
  auto taken = std::move(at->second.waiting);
  entries_.erase(at);
  return taken;
}

wait_room::waiter wait_room::leave(ticket t) {
  const std::lock_guard lock(mutex_);
  const auto at = entries_.find(t);
  return at == entries_.end() ? nullptr : remove(at);
}

std::vector<wait_room::waiter> wait_room::leave_all(const model::deployment_id& id) {
  const std::lock_guard lock(mutex_);
  std::vector<ticket> tickets;
  auto [begin, end] = by_deployment_.equal_range(id);
  for (auto i = begin; i != end; ++i) tickets.push_back(i->second);
  std::vector<waiter> out;
  for (const auto t : tickets) out.push_back(remove(entries_.find(t)));
  return out;
}

std::vector<wait_room::due> wait_room::take_due(moment now) {
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

bool wait_room::empty() const {
  const std::lock_guard lock(mutex_);
  return entries_.empty();
}

}  // namespace troupe::desk
