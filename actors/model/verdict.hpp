// Whether what Docker shows of a service is what its release promised.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "actors/model/deployment.hpp"
#include "actors/model/observation.hpp"

namespace troupe::model {

struct verdict {
  bool good = false;         // every wanted task of this release and generation runs (healthy, where it has a check)
  bool hopeless = false;     // trying on cannot help
  bool unplaceable = false;  // no node takes a task now; may pass
  std::string reason;        // why not good, in words
  std::optional<failure> trouble;  // the latest known cause, if any
};

// `ended` gathers the ids of this release's tasks that ended by themselves since the phase began: Swarm's own history
// forgets them. Three of them (fewer, where the restart policy allows fewer starts) make it hopeless.
verdict judge(const service_plan& plan, const service_observation& seen, std::set<std::string>& ended);

}  // namespace troupe::model
