// Breaks a connection from another thread, so that a server which says nothing cannot hold ours.
#pragma once

#include <mutex>
#include <sys/socket.h>

namespace troupe::persistence {

class socket_guard {
public:
  // By the connection's thread: between its opening and its closing, so that no stranger's descriptor is ever shut
  // down.
  void watch(int descriptor) {
    const std::lock_guard lock(mutex_);
    descriptor_ = descriptor;
  }
  void forget() { watch(-1); }

  // By any thread: what blocks on the connection fails at once, and so does everything after it.
  void interrupt() {
    const std::lock_guard lock(mutex_);
    if (descriptor_ >= 0) ::shutdown(descriptor_, SHUT_RDWR);
  }

private:
  std::mutex mutex_;
  int descriptor_ = -1;
};

}  // namespace troupe::persistence
