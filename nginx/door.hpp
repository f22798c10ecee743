#pragma once
// The door: nginx in front of the engine's own HTTP server, kept running while this object lives.

#include <memory>
#include <sys/types.h>

#include "nginx/door_config.hpp"

namespace troupe::nginx {

class door {
public:
  explicit door(door_options options);
  ~door();  ///< stop()
  door(const door&) = delete;
  door& operator=(const door&) = delete;

  /// Ends a left-over nginx of the same state_dir, writes and checks the configuration, and returns once nginx listens.
  /// As root with no worker_user given, the workers become www-data or else nobody. An nginx that dies later is started
  /// again, with backoff from 100 ms to 10 s. Throws std::runtime_error with nginx's own words. Once per object.
  void start();
  /// SIGQUIT: running requests end within shutdown_grace; then SIGTERM.
  void stop();

  pid_t master() const;  ///< 0 while it is down
  unsigned restarts() const;

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace troupe::nginx
