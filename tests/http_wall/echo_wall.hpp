#pragma once
// A wall whose handler tells back what it understood, and remembers it.

#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "http/server.hpp"

namespace troupe::testing {

class echo_wall {
public:
  explicit echo_wall(http::server_options options = {})
      : server(std::move(options),
               [this](http::request&& r, std::shared_ptr<http::exchange> e) {
                 auto text = r.method + " " + r.path + (r.query.empty() ? "" : "?" + r.query) + " " +
                             std::to_string(r.body.size());
                 {
                   std::lock_guard guard(lock_);
                   seen_.push_back(r.path);
                 }
                 e->answer({.status = 200,
                            .content_type = "text/plain",
                            .headers = {},
                            .body = std::move(text),
                            .shared_body = {}});
               }),
        port(server.start()) {}

  bool saw(const std::string& path) const {
    std::lock_guard guard(lock_);
    for (const auto& s : seen_)
      if (s == path) return true;
    return false;
  }
  std::size_t count() const {
    std::lock_guard guard(lock_);
    return seen_.size();
  }

private:
  mutable std::mutex lock_;
  std::vector<std::string> seen_;

public:
  http::server server;
  std::uint16_t port;
};

}  // namespace troupe::testing
