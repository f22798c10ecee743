#include "actors/model/rollout.hpp"

#include <algorithm>

namespace troupe::model {

using namespace std::chrono_literals;

namespace {
// Of the prober's two processes, with room for the program itself.
constexpr std::uint32_t pids_for_a_hold = 16;
}  // namespace

bool stops_first(const service_plan& plan) {
  const auto& ports = plan.spec.ports;
  return plan.spec.job || plan.spec.update.order == update_order::stop_first || !written_alone(plan).empty() ||
         std::any_of(ports.begin(), ports.end(), [](const auto& p) { return p.host && p.mode == port_mode::host; });
}

std::optional<failure> find_order_fault(const release_spec& spec, const std::vector<volume_mount>& declared) {
  const auto alone = std::find_if(declared.begin(), declared.end(), writes_alone);
  if (spec.update.order != update_order::start_first || alone == declared.end()) return std::nullopt;
  auto out = make_failure(failure_code::volume_not_shared,
                          "The image declares " + alone->mount_path +
                              " as data, to which one container at a time may write: none can be started beside it.");
  out.hint =
      "Leave `update.order` start-first out; or name the directory in `volumes`: with `\"shared\": true` if the "
      "program "
      "can share its files, with `\"ephemeral\": true` if they may be in memory.";
  return out;
}

std::chrono::seconds time_between_steps(const service_plan& plan) {
  const auto& update = plan.spec.update;
  const auto at_once = std::max(1U, update.parallelism);
  const auto steps = (plan.replicas + at_once - 1) / at_once;
  if (steps == 0) return {};
  const bool stops_each = update.order == update_order::stop_first && written_alone(plan).empty();
  return std::chrono::seconds((steps - 1) * update.delay_seconds) + (stops_each ? steps * stop_grace(plan) : 0s);
}

restart_policy restart_policy_of(const release_spec& spec) {
  return spec.job ? restart_policy{restart_condition::none, 0, 0} : spec.restart;
}

bool is_checked(const service_plan& plan) {
  return !plan.spec.job && (plan.spec.health || plan.image.has_health_check);
}

std::chrono::seconds hold_of(const service_plan& plan) {
  if (plan.image.prober.empty() || is_checked(plan) || stops_first(plan)) return {};
  if (plan.spec.limits.pids < pids_for_a_hold) return {};
  return std::chrono::seconds(plan.image.hold_seconds);
}

next_write next_write_of(const service_plan& plan, const standing_service& there) {
  if (plan.spec.job) return next_write::apply_once_alone;
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
