// How far a container's log is kept, and how to go on from there without a line lost or doubled.
//
// Docker gives the lines from a moment on, in the order of each stream; between stdout and stderr the order is loose by
// moments. So the position is kept for each stream by itself: the newest moment of which a line is kept, and how many
// lines of that very moment are. Asked for again are the lines from a little before on, and those known are left out.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <optional>

#include "actors/model/time.hpp"

namespace troupe::docker {

struct log_position {
  struct of_stream {
    model::timestamp at{};
    std::uint32_t lines = 0;  // kept ones of that moment; 0: none at all
    bool operator==(const of_stream&) const = default;
  };
  std::array<of_stream, 2> streams{};  // stdout, stderr

  void advance(bool is_stderr, model::timestamp at) {
    auto& s = streams[is_stderr ? 1 : 0];
    if (s.lines != 0 && at < s.at) return;  // the machine's clock was set back
    s = {at, s.lines != 0 && at == s.at ? s.lines + 1 : 1};
  }
  bool operator==(const log_position&) const = default;
};

class log_resumption {
public:
  explicit log_resumption(log_position from) : from_(from) {}

  // From when on lines are to be asked for; absent: from the beginning.
  std::optional<model::timestamp> since() const {
    constexpr std::chrono::seconds overlap{5};
    const auto newest = std::max(from_.streams[0].at, from_.streams[1].at);
    if (from_.streams[0].lines == 0 && from_.streams[1].lines == 0) return std::nullopt;
    return newest - overlap;
  }

  // For each line in its order: whether it is not kept yet.
  bool is_new(bool is_stderr, model::timestamp at) {
    const auto i = is_stderr ? 1U : 0U;
    if (past_[i]) return true;
    const auto& known = from_.streams[i];
    if (at < known.at && known.lines != 0) return false;
    if (at == known.at && left_out_[i] < known.lines) return ++left_out_[i], false;
    past_[i] = true;  // from here on all are new, even if the machine's clock is set back
    return true;
  }

private:
  log_position from_;
  std::array<std::uint32_t, 2> left_out_{};  // lines of the newest moment
  std::array<bool, 2> past_{};
};

}  // namespace troupe::docker
