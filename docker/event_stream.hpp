// The Engine's events, on a thread of their own. The connection is made again, with backoff, from where it ended.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <thread>

#include "docker/event_reader.hpp"
#include "docker/open_connections.hpp"

namespace troupe::docker {

// Called on the stream's thread; must be quick.
struct event_listener {
  std::function<void(const engine_event&)> event;
  std::function<void()> connected;  // events may have been missed: list
  std::function<void()> lost{};     // the connection ended; may be empty
};

class event_stream {
public:
  event_stream(api_client& api, std::string instance, event_listener listener);
  ~event_stream();  // ends within moments
  event_stream(const event_stream&) = delete;
  event_stream& operator=(const event_stream&) = delete;

private:
  struct loop;

  void run();

  std::string instance_;
  event_listener listener_;
  open_connections connections_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace troupe::docker
