#pragma once

#include <chrono>
#include <thread>

namespace troupe::testing {

/// Whether the condition comes true before the deadline.
template <class Condition>
bool eventually(Condition holds, std::chrono::milliseconds patience = std::chrono::seconds(10)) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

}  // namespace troupe::testing
