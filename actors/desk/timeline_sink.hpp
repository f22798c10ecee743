// Where a face wants the transitions of one timeline.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "actors/model/deployment.hpp"

namespace troupe::desk {

struct timeline_sink {
  // In order, with the milliseconds since the one before (0 for the first); false ends the following.
  std::function<bool(const model::transition& one, std::int64_t since)> event;
  std::function<void()> ended;                      // there is nothing more to come, or it cannot be had now
  std::function<void(std::shared_ptr<void>)> keep;  // what is given lives until nobody listens any more
};
using timeline_sink_ptr = std::shared_ptr<timeline_sink>;

}  // namespace troupe::desk
