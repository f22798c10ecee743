// A deadline for those who use a session without the database actor: commands and the start.
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "persistence/socket_guard.hpp"

namespace troupe::persistence {

// Interrupts the session again and again once the time is up, until destroyed.
class watchdog {
public:
  watchdog(std::shared_ptr<socket_guard> guard, std::chrono::milliseconds timeout)
      : thread_([this, guard = std::move(guard), timeout](const std::stop_token& stop) {
          std::unique_lock lock(mutex_);
          for (auto wait = timeout; !wake_.wait_for(lock, stop, wait, [] { return false; }) && !stop.stop_requested();
               wait = std::chrono::milliseconds{100})
            guard->interrupt();
        }) {}

private:
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::jthread thread_;
};

}  // namespace troupe::persistence
