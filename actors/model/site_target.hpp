// Which service of an environment answers for its domain.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "actors/model/site.hpp"

namespace troupe::model {

// A living service: the container ports (TCP) of the release that serves now, or else of the one under way.
struct candidate_service {
  std::string name;
  std::vector<std::uint16_t> ports;
};

struct site_target {
  std::string service;
  std::uint16_t port = 0;

  bool operator==(const site_target&) const = default;
};

struct target_choice {
  std::optional<site_target> target;
  std::string why_not;     // one sentence for the owner, where there is none
  bool ambiguous = false;  // the caller has to name one; time will not tell
};

// The service that was named or chosen before, with the port that was named or its only one; where none was named, the
// only service with a port.
target_choice choose_target(const site& s, const std::vector<candidate_service>& services);

}  // namespace troupe::model
