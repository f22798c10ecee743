#include "actors/model/verdict.hpp"

#include <algorithm>

#include "actors/model/crash_record.hpp"

namespace troupe::model {

namespace {

// Zero: without end.
std::size_t starts_allowed(const restart_policy& policy) {
  if (policy.condition == restart_condition::none) return 1;
  return policy.max_attempts == 0 ? 0 : policy.max_attempts + 1U;
}

std::string count_of(std::size_t running, std::uint32_t wanted) {
  return std::to_string(running) + " of " + std::to_string(wanted) +
         (wanted == 1 ? " container runs" : " containers run");
}

}  // namespace

verdict judge(const service_plan& plan, const service_observation& seen, ended_tasks& ended) {
  verdict v;
  if (plan.replicas == 0) {
    const auto alive =
        std::count_if(seen.tasks.begin(), seen.tasks.end(), [](const auto& t) { return t.phase != task_phase::ended; });
    v.good = alive == 0;
    if (!v.good)
      v.reason = std::to_string(alive) + (alive == 1 ? " container is stopping" : " containers are stopping");
    return v;
  }
  std::size_t running = 0;
  for (const auto& task : seen.tasks) {
    if (task.deployment != plan.deployment || task.generation != plan.generation) continue;
    if (task.wanted && task.phase == task_phase::running) ++running;
    if (!task.trouble) continue;
    if (!v.trouble) v.trouble = task.trouble;  // tasks come newest first
    v.hopeless |= task.fatal || ended_for_good(task, plan.spec.restart);
    v.unplaceable |= task.unplaceable && task.wanted;
    if (ended_by_itself(task)) ended[task.name].insert(task.id);
  }
  v.good = running == plan.replicas;
  std::size_t most_ends = 0;
  for (const auto& [slot, tasks] : ended) most_ends = std::max(most_ends, tasks.size());
  const auto allowed = starts_allowed(plan.spec.restart);
  v.hopeless |= allowed > 0 && most_ends >= allowed;
  v.crashing = allowed == 0 && most_ends >= crashes_of_a_loop;
  if (v.good) {
    verdict good;
    good.good = true;
    return good;
  }
  v.reason = count_of(running, plan.replicas);
  if (v.trouble) v.reason += ": " + v.trouble->message;
  return v;
}

}  // namespace troupe::model
