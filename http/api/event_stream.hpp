// A timeline being followed: pumped from the database each time the deployment changes.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "actors/model/deployment.hpp"
#include "http/api/streams.hpp"

namespace troupe::http::api {

struct event_stream {
  model::deployment_id deployment;
  stream_ptr out;
  std::uint64_t last = 0;                   // the newest event sent or skipped
  std::optional<model::timestamp> last_at;  // its time
  bool asking = false, again = false;       // touched by the owning actor alone
  std::function<void()> wake;               // from any thread: there may be more
};

}  // namespace troupe::http::api
