// Which services of an environment answer for its domain.
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

// Absent: nobody answers there.
struct site_targets {
  std::optional<site_target> root;
  std::vector<std::optional<site_target>> paths;  // one for each of site::paths

  bool operator==(const site_targets&) const = default;
};

struct target_choice {
  site_targets targets;
  std::string why_not;    // one sentence for the owner, where one is absent
  std::string ambiguous;  // the member of the question that has to say more; time will not tell. "": none
};

// The service that was named or chosen before, with the port that was named, its only one, or the one chosen before;
// where no service was named, the only one with a port. A site that redirects has no targets.
target_choice choose_targets(const site& s, const std::vector<candidate_service>& services);

// Keeps what was chosen, so that neither a second service nor a second port takes the name away from it.
void keep_choice(site& s, const site_targets& chosen);

}  // namespace troupe::model
