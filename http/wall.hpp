#pragma once
// What the workers of one server share.

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

#include "http/server.hpp"

namespace troupe::http {

class transport;

struct wall {
  wall(server_options o, handler h) : options(std::move(o)), handle(std::move(h)) {}

  const server_options options;
  const handler handle;

  std::atomic<std::size_t> connections{0};
  std::atomic<std::size_t> in_flight{0};
  std::atomic<bool> draining{false};

  std::mutex lock;
  std::condition_variable settled;                   // under `lock`, once draining: in_flight reached 0
  std::vector<std::weak_ptr<transport>> transports;  // one a worker

  response error_answer(int status, std::string_view detail, std::string_view request_id) const;
  void one_settled();
};

}  // namespace troupe::http
