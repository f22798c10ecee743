#pragma once
// Clients that leave around the time of their answer, and a wall that answers each with the number it asked for.

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "http/server.hpp"

namespace troupe::testing {

/// Answers with the path's last segment, from another thread, after up to half a millisecond.
class nonce_wall {
public:
  explicit nonce_wall(http::server_options options = {});
  ~nonce_wall();

private:
  struct asked {
    std::string nonce;
    std::shared_ptr<http::exchange> to;
  };
  void answer_all();

  std::mutex lock_;
  std::condition_variable more_;
  std::vector<asked> waiting_;
  bool ended_ = false;

public:
  http::server wall;
  std::uint16_t port;

private:
  std::thread answering_;
};

struct leaving_outcome {
  std::size_t asked = 0;
  std::size_t right = 0;
  std::size_t left = 0;
  std::size_t wrong = 0;   ///< another client's answer
  std::size_t broken = 0;  ///< no answer although the client waited
};

leaving_outcome run_leaving_clients(std::uint16_t port, std::size_t requests, const std::string& below = "/n/");

/// TROUPE_LEAVING_REQUESTS, or 30,000.
std::size_t leaving_requests();

}  // namespace troupe::testing
