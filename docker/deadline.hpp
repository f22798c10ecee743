// Waiting for a condition that only shows when asked for.
#pragma once

#include <algorithm>
#include <chrono>
#include <thread>

namespace troupe::docker {

// Asks at once, then after 20 ms, ever less often (at most every 250 ms), until `reached` or the time is up.
template <class Condition>
bool wait_until(std::chrono::milliseconds limit, Condition reached) {
  const auto end = std::chrono::steady_clock::now() + limit;
  for (auto pause = std::chrono::milliseconds{20};; pause = std::min(pause * 2, std::chrono::milliseconds{250})) {
    if (reached()) return true;
    if (std::chrono::steady_clock::now() + pause > end) return false;
    std::this_thread::sleep_for(pause);
  }
}

}  // namespace troupe::docker
