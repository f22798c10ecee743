// One thread for all that the Engine tells by itself: its events, and the logs that somebody follows. The events'
// connection is made again, with backoff, from where it ended.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "actors/messages.hpp"
#include "docker/engine.hpp"
#include "docker/event_reader.hpp"

namespace troupe::docker {

// Called on the stream's thread; must be quick.
struct event_listener {
  std::function<void(const engine_event&)> event;
  std::function<void()> connected;  // events may have been missed: list
};

class event_stream {
public:
  event_stream(api_client& api, std::string instance, std::size_t most_followed, event_listener listener);
  ~event_stream();  // ends within moments; every sink is told
  event_stream(const event_stream&) = delete;
  event_stream& operator=(const event_stream&) = delete;

  // New containers of the release are followed from now on; those there already are for `attach` to name. Where too
  // many are followed the sink ends at once and there is no id. A follow ends with its service, its reader, the Engine,
  // or a container that is beyond its reader's fair share of `most_followed` connections.
  std::optional<std::uint64_t> follow(const actors::follow_logs& wanted);
  void attach(std::uint64_t id, log_sources sources);
  void end(std::uint64_t id);

private:
  struct transfer;
  struct followed;
  struct loop;

  void post(std::function<void(loop&)> job);
  void run();

  api_client& api_;
  std::string instance_;
  std::size_t most_followed_;
  event_listener listener_;
  std::atomic<bool> stopping_{false};
  std::atomic<std::size_t> following_{0};
  std::atomic<std::uint64_t> next_id_{1};
  std::mutex mutex_;
  std::vector<std::function<void(loop&)>> jobs_;
  void* multi_;  // CURLM*
  std::thread thread_;
};

}  // namespace troupe::docker
