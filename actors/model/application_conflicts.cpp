#include "actors/model/application_conflicts.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

namespace troupe::model {

namespace {

bool is_made(const planned_change& change) {
  return change.action && *change.action != step_action::remove;
}

// "1.5"
std::string text_of(double cpus) {
  auto out = std::to_string(std::llround(cpus * 1000) / 1000.0);
  out.resize(out.find_last_not_of('0') + 1);
  if (out.back() == '.') out.pop_back();
  return out;
}

}  // namespace

std::vector<plan_conflict> claim_conflicts(const application_plan& plan, const service_claims& held) {
  service_claims own;
  std::vector<plan_conflict> out;
  for (const auto& change : plan.changes) {
    if (!is_made(change)) continue;
    auto found = held.conflicts(change.spec, {change.after.begin(), change.after.end()});
    for (auto& one : own.conflicts(change.spec)) found.push_back(std::move(one));
    for (auto& [on, what] : found)
      out.push_back({on == claim::port ? conflict_kind::port : conflict_kind::volume, change.service,
                     std::move(what.pointer), std::move(what.detail)});
    deployment row;
    row.id = {change.service};  // it has no release of its own yet
    row.spec = change.spec;
    own.hold(row);
  }
  return out;
}

problem in_its_way(const std::vector<plan_conflict>& conflicts) {
  problem out{
      consequence::conflict, "The application cannot be applied now: what is in its way is listed in errors.", {}, 0};
  for (const auto& one : conflicts)
    if (one.is_certain)
      out.violations.push_back({(one.service.empty() ? "" : '/' + one.service) + one.pointer, one.detail});
  return out;
}

std::vector<plan_conflict> port_conflicts(const application_plan& plan, const holder_of_port& holder) {
  std::vector<plan_conflict> out;
  for (const auto& change : plan.changes) {
    if (!is_made(change)) continue;
    const auto& ports = change.spec.ports;
    for (std::size_t i = 0; i < ports.size(); ++i)
      if (const auto by = ports[i].host ? holder(ports[i]) : std::nullopt)
        out.push_back(
            {conflict_kind::port, change.service, "/ports/" + std::to_string(i) + "/host", told_taken(ports[i], *by)});
  }
  return out;
}

std::vector<plan_conflict> capacity_conflicts(const application_plan& plan, const std::vector<node_size>& nodes) {
  node_size largest, all, wanted;
  for (const auto& node : nodes) {
    largest.cpus = std::max(largest.cpus, node.cpus);
    largest.memory_mb = std::max(largest.memory_mb, node.memory_mb);
    all.memory_mb += node.memory_mb;
  }
  std::vector<plan_conflict> out;
  if (nodes.empty()) return out;
  const auto mb = [](std::uint64_t many) { return std::to_string(many) + " MiB"; };
  for (const auto& change : plan.changes) {
    const auto& limits = change.spec.limits;
    if (change.action != step_action::remove)
      wanted.memory_mb += std::uint64_t{limits.memory_mb} * change.spec.replicas;
    if (!is_made(change)) continue;
    if (limits.cpus > largest.cpus)
      out.push_back({conflict_kind::capacity, change.service, "/resources/cpus",
                     "No node has as many CPUs as asked for: " + text_of(limits.cpus) + ", and the largest has " +
                         text_of(largest.cpus) + '.',
                     true});
    if (limits.memory_mb > largest.memory_mb)
      out.push_back({conflict_kind::capacity, change.service, "/resources/memoryMb",
                     "It may use more memory than any node has: " + mb(limits.memory_mb) + ", and the largest has " +
                         mb(largest.memory_mb) + '.',
                     false});
  }
  if (wanted.memory_mb > all.memory_mb)
    out.push_back({conflict_kind::capacity,
                   {},
                   {},
                   "All of it together may use " + mb(wanted.memory_mb) + " of memory, and the nodes have " +
                       mb(all.memory_mb) + '.',
                   false});
  return out;
}

std::string told_under_way(const operation_id& other) {
  return "The application " + other.text + " is under way in this environment: wait for it, or cancel it.";
}

}  // namespace troupe::model
