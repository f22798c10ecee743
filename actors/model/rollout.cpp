#include "actors/model/rollout.hpp"

namespace troupe::model {

next_write next_write_of(const service_plan& plan, const standing_service& there) {
  const bool alone = there.writes_alone || !written_alone(plan).empty();
  if (!alone || plan.replicas == 0) return next_write::apply;
  if (there.exists && there.replicas > 0) return there.other_containers ? next_write::stop : next_write::apply;
  return next_write::apply_once_alone;
}

bool may_go_on(const service_plan& plan, const std::vector<task_observation>& tasks, timestamp now) {
  constexpr std::chrono::seconds a_while{5};  // Swarm's own Monitor
  bool replaced = false, before = false;
  for (const auto& task : tasks) {
    if (!task.wanted) continue;
    if (task.deployment != plan.deployment || task.generation != plan.generation) {
      before = true;
      continue;
    }
    if (task.phase != task_phase::running || !task.started_at || now - *task.started_at < a_while) return false;
    replaced = true;
  }
  return replaced && before;
}

}  // namespace troupe::model
