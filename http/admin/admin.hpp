// The operators' listener above the wire: the supervision tree, the process, the newest deployments of all users, and
// metrics. Every path needs a key with ADMIN.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "actors/model/time.hpp"
#include "http/admin/metrics.hpp"
#include "http/admin/survey.hpp"
#include "http/exchange.hpp"
#include "http/message.hpp"

namespace troupe::http::admin {

struct admin_parts {
  surveyed_actors actors;
  std::shared_ptr<actors::verified_keys> keys;
  std::shared_ptr<admin::metrics> metrics;
  model::random_source random;  // thread-safe
  std::chrono::steady_clock::time_point started_at = std::chrono::steady_clock::now();

  model::wall_clock now = [] {
    return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
  };
  std::string state_dir = ".";  // whose disk is watched

  model::duration patience{2'000};           // with each actor asked
  model::duration identity_timeout{10'000};  // bcrypt's queue
  model::duration scrape_reuses{5'000};      // a survey younger than this serves GET /metrics
};

class admin {
public:
  admin(caf::actor_system& system, admin_parts parts);
  ~admin();
  admin(const admin&) = delete;
  admin& operator=(const admin&) = delete;

  // For http::server: any thread, never blocks.
  void handle(request&& asked, std::shared_ptr<exchange> way);

  // Ends the actor: who waits or comes later gets the wall's 500. The destructor does it too.
  void close();

private:
  model::random_source random_;
  admin_actor actor_;
};

}  // namespace troupe::http::admin
