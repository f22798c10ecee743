// Whether the container engine answers, as everything that has to wait for it is told.
#pragma once

#include <string>

#include "actors/model/time.hpp"

namespace troupe::model {

struct engine_reach {
  bool answers = true;
  timestamp since{};        // from when on it is so
  std::string last_answer;  // why it does not, in a few words that are fit for a tenant: "connection refused"

  bool operator==(const engine_reach&) const = default;
};

}  // namespace troupe::model
