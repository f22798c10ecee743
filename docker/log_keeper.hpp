// Brings what containers write onto the shelf (log_shelf), on a thread of its own.
//
// Each running container's log is followed over a connection, from where it is kept (log_position). When a connection
// ends, the log is read once more to its end, as whatever a container wrote last must not depend on which of Docker's
// answers was quicker. A container that has ended, or did so while nobody listened, is read likewise; Docker keeps it
// until it is removed, and what Troupe itself removes waits here until it has been read (settle). Whom there is to
// follow is told by events, and put right by each listing.
//
// Bounded: `most_followed` connections are open at a time (a followed log costs 17 KB here, 165 KB and three
// descriptors in dockerd), of which one environment has its fair share; the other containers are read each ten seconds
// in turn. Of one container not more than `bytes_per_second` are read; the rest waits with Docker, which keeps its
// newest 30 MB.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "docker/log_shelf.hpp"
#include "docker/log_source.hpp"
#include "docker/open_connections.hpp"

namespace troupe::docker {

struct keeper_options {
  std::size_t most_followed = 512;
  std::size_t bytes_per_second = 4U << 20U;
  std::chrono::milliseconds in_turn{10'000};  // between readings of a container that is not followed
};

class log_keeper {
public:
  log_keeper(api_client& api, std::shared_ptr<log_shelf> shelf, keeper_options options);
  ~log_keeper();  // ends within moments
  log_keeper(const log_keeper&) = delete;
  log_keeper& operator=(const log_keeper&) = delete;

  // From any thread; done on the keeper's.
  void started(log_source one);
  // All that there are; those known since before `asked_at` that are not among them are gone.
  void listed(std::vector<log_source> all, std::chrono::steady_clock::time_point asked_at);

  // Whether all that these containers have written is on the shelf, and they have ended. Waits for it, so long at most.
  bool settle(const std::vector<log_source>& which, std::chrono::milliseconds longest);

private:
  struct loop;

  void post(std::function<void(loop&)> job);
  void run();

  const std::shared_ptr<log_shelf> shelf_;
  const keeper_options options_;
  open_connections connections_;
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::vector<std::function<void(loop&)>> jobs_;
  std::thread thread_;
};

}  // namespace troupe::docker
