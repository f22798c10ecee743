// What stands in the way of an application as it is planned, found before anything happens. The same functions answer
// who plans and refuse who applies, so that both read the same words.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "actors/model/application_plan.hpp"
#include "actors/model/service_claims.hpp"

namespace troupe::model {

enum class conflict_kind { port, volume, capacity, operation, queue, quota };
inline constexpr enum_texts<conflict_kind, 6> conflict_kind_texts{
    {"port", "volume", "capacity", "operation", "queue", "quota"}};

struct plan_conflict {
  conflict_kind kind{};
  std::string service;     // which one's change; "": it is about the whole
  std::string pointer;     // into the body of its deployment; "": it is about no field
  std::string detail;      // fit for its owner's eyes
  bool is_certain = true;  // it does not come about now: an application is refused for this
};

// What keeps its releases from having what they ask for in their environment: `held` has what its releases that are not
// over hold. What services of the plan that are changed before have by now, they let go of, unless their new releases
// hold it, too. In the plan's order.
std::vector<plan_conflict> claim_conflicts(const application_plan& plan, const service_claims& held);
// Of the certain ones among them, at least one, or more from elsewhere: why the application is refused.
problem in_its_way(const std::vector<plan_conflict>& conflicts);

// Who has a host port in other environments, as it may be called before who asks ("": not at all); nothing: it is free.
using holder_of_port = std::function<std::optional<std::string>(const port_mapping& port)>;
// A host port belongs to one environment of the whole engine.
std::vector<plan_conflict> port_conflicts(const application_plan& plan, const holder_of_port& holder);

// What a node of the engine has.
struct node_size {
  double cpus = 0;
  std::uint64_t memory_mb = 0;
};
// More CPUs than any node has are refused by Docker. Memory is a limit and not set aside, so that what is more than
// there is may still run: it is told. CPUs are shared by all who want them: their sum is nothing to be told of.
std::vector<plan_conflict> capacity_conflicts(const application_plan& plan, const std::vector<node_size>& nodes);

// Sentences that are told in a plan and where something is refused.
std::string told_under_way(const operation_id& other);
inline constexpr const char* told_queue_full = "Too many deployments of this environment are waiting.";

}  // namespace troupe::model
