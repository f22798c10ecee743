// Whether what Docker shows of a service is what its release promised.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "actors/model/deployment.hpp"
#include "actors/model/observation.hpp"

namespace troupe::model {

// Whether it counts against its release: nobody wanted its end, and it is not the Engine's doing.
inline bool ended_by_itself(const task_observation& task) {
  return task.phase == task_phase::ended && task.trouble && !task.excused;
}

// Swarm calls that complete, and starts it again only under the policy "any".
inline bool ended_for_good(const task_observation& task, const restart_policy& policy) {
  return policy.condition == restart_condition::on_failure && ended_by_itself(task) && task.exit_code == 0;
}

struct verdict {
  bool good = false;         // every wanted task of this release and generation runs (healthy, where it has a check)
  bool hopeless = false;     // trying on cannot help
  bool crashing = false;     // a slot ended three times: hopeless, unless it has time left
  bool unplaceable = false;  // no node takes a task now; may pass
  std::string reason;        // why not good, in words
  std::optional<failure> trouble;  // the latest known cause, if any
};

// By the name of a slot ("service.slot"): the ids of the release's tasks in it that ended by themselves since the phase
// began. Swarm's own history forgets them.
using ended_tasks = std::map<std::string, std::set<std::string>>;

// Gathers in `ended`. A slot that has used up the starts that its restart policy allows is hopeless; one of a policy
// without a limit that ended three times is crashing: one each of three replicas, as when their node restarts, is no
// crash loop.
verdict judge(const service_plan& plan, const service_observation& seen, ended_tasks& ended);

}  // namespace troupe::model
