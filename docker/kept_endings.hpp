// How tasks ended, as judged once with what their containers could tell: what ended never changes. Bounded by bytes;
// the oldest go first. Not thread-safe.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <unordered_map>

#include "actors/model/observation.hpp"

namespace troupe::docker {

struct ending {
  std::optional<model::timestamp> started_at;
  std::optional<model::failure> trouble;
  bool fatal = false;
  bool excused = false;
};

class kept_endings {
public:
  explicit kept_endings(std::size_t most_bytes) : most_bytes_(most_bytes) {}

  void keep(const std::string& task, ending how) {
    const auto [at, fresh] = endings_.try_emplace(task, std::move(how));
    if (!fresh) return;
    order_.push_back(task);
    bytes_ += size_of(*at);
    while (bytes_ > most_bytes_ && order_.size() > 1) {
      const auto oldest = endings_.find(order_.front());
      bytes_ -= size_of(*oldest);
      endings_.erase(oldest);
      order_.pop_front();
    }
  }
  // Nothing where it is not known, or not any more.
  const ending* find(const std::string& task) const {
    const auto found = endings_.find(task);
    return found == endings_.end() ? nullptr : &found->second;
  }
  std::size_t bytes() const { return bytes_; }

private:
  static std::size_t size_of(const std::pair<const std::string, ending>& each) {
    constexpr std::size_t overhead = 256;
    const auto& why = each.second.trouble;
    return overhead + 2 * each.first.size() +
           (why ? why->message.size() + why->hint.size() + why->phase.size() + why->detail.size() : 0);
  }

  std::size_t most_bytes_;
  std::size_t bytes_ = 0;
  std::unordered_map<std::string, ending> endings_;
  std::deque<std::string> order_;  // as they came
};

}  // namespace troupe::docker
