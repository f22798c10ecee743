// How often a supervised actor may die: `intensity` times within `period`, each restart later than the one before.
// (OTP's restart intensity; the defaults are milder than its 1 in 5 s because a restart from the row is cheap.)
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>

namespace troupe::model {

class restart_budget {
public:
  static constexpr std::size_t intensity = 5;
  static constexpr std::chrono::milliseconds period{60'000};
  static constexpr std::chrono::milliseconds first_delay{100};

  // A death at `now` (any monotonic clock): after which delay to start again, or nothing where the budget is spent.
  std::optional<std::chrono::milliseconds> spend(std::chrono::milliseconds now) {
    while (!deaths_.empty() && now - deaths_.front() > period) deaths_.pop_front();
    deaths_.push_back(now);
    ++restarts_;
    if (deaths_.size() > intensity) return std::nullopt;
    return first_delay * (1 << (deaths_.size() - 1));
  }
  std::uint32_t restarts() const { return restarts_; }

private:
  std::deque<std::chrono::milliseconds> deaths_;
  std::uint32_t restarts_ = 0;
};

}  // namespace troupe::model
