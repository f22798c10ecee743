#include "actors/model/rollout.hpp"

#include <algorithm>

namespace troupe::model {

namespace {
// Of the prober's two processes, with room for the program itself.
constexpr std::uint32_t pids_for_a_hold = 16;
}  // namespace

bool stops_first(const service_plan& plan) {
  const auto& ports = plan.spec.ports;
  return !written_alone(plan).empty() ||
         std::any_of(ports.begin(), ports.end(), [](const auto& p) { return p.host && p.mode == port_mode::host; });
}

bool is_checked(const service_plan& plan) {
  return plan.spec.health || plan.image.has_health_check;
}

std::chrono::seconds hold_of(const service_plan& plan) {
  if (plan.image.prober.empty() || is_checked(plan) || stops_first(plan)) return {};
  if (plan.spec.limits.pids < pids_for_a_hold) return {};
  return std::chrono::seconds(plan.image.hold_seconds);
}

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
