#include "actors/model/quota.hpp"

#include <algorithm>

namespace troupe::model {

void quota::forget_old(std::deque<moment>& uses, moment now) const {
  while (!uses.empty() && uses.front() + window_ <= now) uses.pop_front();
}

quota::decision quota::take(const std::string& key, moment now) {
  if (uses_.size() >= sweep_at_) {
    std::erase_if(uses_,
                  [&](const auto& entry) { return entry.second.empty() || entry.second.back() + window_ <= now; });
    sweep_at_ = std::max<std::size_t>(1024, 2 * uses_.size());
  }
  auto& uses = uses_[key];
  forget_old(uses, now);
  const bool allowed = uses.size() < limit_;
  if (allowed) uses.push_back(now);
  auto d = stand(uses, now);
  d.allowed = allowed;
  return d;
}

quota::decision quota::look(const std::string& key, moment now) const {
  const auto entry = uses_.find(key);
  auto uses = entry == uses_.end() ? std::deque<moment>{} : entry->second;
  forget_old(uses, now);
  return stand(uses, now);
}

quota::decision quota::stand(const std::deque<moment>& uses, moment now) const {
  decision d{uses.size() < limit_, limit_, limit_ - static_cast<std::uint32_t>(uses.size()), {}};
  if (!uses.empty()) d.reset = uses.front() + window_ - now;
  return d;
}

void quota::give_back(const std::string& key, moment taken_at) {
  const auto entry = uses_.find(key);
  if (entry == uses_.end()) return;
  const auto use = std::find(entry->second.begin(), entry->second.end(), taken_at);
  if (use != entry->second.end()) entry->second.erase(use);
  if (entry->second.empty()) uses_.erase(entry);
}

}  // namespace troupe::model
