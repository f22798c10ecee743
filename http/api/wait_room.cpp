#include "http/api/wait_room.hpp"

#include "actors/model/fair_share.hpp"

namespace troupe::http::api {

wait_room::ticket wait_room::enter(const model::deployment_id& id, call_ptr c, moment deadline) {
  const std::lock_guard lock(mutex_);
  if (waiters_.size() >= capacity_) return 0;
  auto& mine = by_user_[c->who.user.text];
  if (mine >= per_user_ || !model::has_fair_share(mine, capacity_ - waiters_.size())) return 0;
  ++mine;
  const auto t = ++last_;
  waiters_.emplace(t, waiter{id, std::move(c), deadline});
  by_deployment_.emplace(id, t);
  return t;
}

call_ptr wait_room::remove(std::map<ticket, waiter>::iterator at) {
  auto [begin, end] = by_deployment_.equal_range(at->second.id);
  for (auto i = begin; i != end; ++i)
    if (i->second == at->first) {
      by_deployment_.erase(i);
      break;
    }
  auto taken = std::move(at->second.waiting);
  waiters_.erase(at);
  const auto mine = by_user_.find(taken->who.user.text);
  if (--mine->second == 0) by_user_.erase(mine);
  return taken;
}

call_ptr wait_room::leave(ticket t) {
  const std::lock_guard lock(mutex_);
  const auto at = waiters_.find(t);
  return at == waiters_.end() ? nullptr : remove(at);
}

std::vector<call_ptr> wait_room::leave_all(const model::deployment_id& id) {
  const std::lock_guard lock(mutex_);
  std::vector<ticket> tickets;
  auto [begin, end] = by_deployment_.equal_range(id);
  for (auto i = begin; i != end; ++i) tickets.push_back(i->second);
  std::vector<call_ptr> out;
  for (const auto t : tickets) out.push_back(remove(waiters_.find(t)));
  return out;
}

std::vector<wait_room::due> wait_room::take_due(moment now) {
  const std::lock_guard lock(mutex_);
  std::vector<due> out;
  for (auto i = waiters_.begin(); i != waiters_.end();) {
    const auto at = i++;
    if (at->second.deadline > now) continue;
    auto id = at->second.id;
    out.push_back({std::move(id), remove(at)});
  }
  return out;
}

bool wait_room::empty() const {
  const std::lock_guard lock(mutex_);
  return waiters_.empty();
}

}  // namespace troupe::http::api
