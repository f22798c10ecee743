// Picks out of a service's kept lines those that a reader has asked for, up to their number and their bytes.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "actors/messages.hpp"

namespace troupe::docker {

// Of one answer with log lines: where it would be more, the rest is another page's.
inline constexpr std::size_t most_log_bytes = 16U << 20U;

class log_sieve {
public:
  explicit log_sieve(actors::read_logs wanted) : wanted_(std::move(wanted)) {}

  // Lines are to be given oldest first; otherwise newest first.
  bool forward() const { return wanted_.after.has_value(); }

  // Whether there may be something of interest among the lines of these numbers and times.
  bool may_hold(std::uint64_t first, std::uint64_t last, model::timestamp from, model::timestamp to) const {
    return !(wanted_.before && first >= *wanted_.before) && !(wanted_.after && last <= *wanted_.after) &&
           !(wanted_.since && to < *wanted_.since) && !(wanted_.until && from > *wanted_.until);
  }
  bool fits(const actors::log_line& line) const {
    // A gap is of all releases: whoever reads shall know of it.
    const bool of_release = wanted_.deployment.empty() || line.gap || line.deployment == wanted_.deployment;
    return of_release && may_hold(line.number, line.number, line.at, line.at) &&
           (wanted_.contains.empty() || line.message.find(wanted_.contains) != std::string::npos);
  }

  // The next line. False once the page is full and there is more.
  bool take(actors::log_line line) {
    if (!fits(line)) return true;
    bytes_ += sizeof line + line.container.size() + line.message.size();
    if (lines_.size() == wanted_.tail || (bytes_ > most_log_bytes && !lines_.empty())) {
      more_ = true;
      return false;
    }
    lines_.push_back(std::move(line));
    return true;
  }

  // By time. Lines of one moment stay in the order in which they were kept.
  actors::log_page page() && {
    std::sort(lines_.begin(), lines_.end(),
              [](const auto& a, const auto& b) { return std::pair(a.at, a.number) < std::pair(b.at, b.number); });
    return {std::move(lines_), more_};
  }

private:
  actors::read_logs wanted_;
  std::vector<actors::log_line> lines_;
  std::size_t bytes_ = 0;
  bool more_ = false;
};

}  // namespace troupe::docker
