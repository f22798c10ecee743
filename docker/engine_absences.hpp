// When the Engine was away, as seen from here: what ended then was ended with it, in good order where dockerd was told
// to stop. Not thread-safe.
#pragma once

#include <chrono>
#include <deque>
#include <optional>

#include "actors/model/observation.hpp"

namespace troupe::docker {

class engine_absences {
public:
  // Once for each absence; further ones until it has ended say nothing new.
  void begin(model::timestamp at) {
    if (!since_) since_ = at - margin;
  }
  void end(model::timestamp at) {
    if (!since_) return;
    constexpr std::size_t most = 64;
    if (past_.size() == most) past_.pop_front();
    past_.push_back({*since_, at});
    since_.reset();
  }
  bool covers(model::timestamp at) const {
    if (since_ && at >= *since_) return true;
    for (const auto& p : past_)
      if (at >= p.from && at <= p.until) return true;
    return false;
  }

private:
  // dockerd closes its socket first; that is noticed a moment after it, and clocks may differ.
  static constexpr std::chrono::seconds margin{2};
  struct span {
    model::timestamp from, until;
  };
  std::optional<model::timestamp> since_;
  std::deque<span> past_;  // oldest first
};

}  // namespace troupe::docker
