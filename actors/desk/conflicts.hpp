// What stands in the way of an application, of what the board, the limits and the engine's nodes show now.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "actors/desk/answer_to.hpp"
#include "actors/model/application_conflicts.hpp"

namespace troupe::desk {

using conflicts_found = std::function<void(std::vector<model::plan_conflict>)>;

// What lies between services, and between them and the nodes. `then` is called once; nodes that are not known in time
// stand in nobody's way.
void find_conflicts(const task& t, const model::environment_id& in,
                    const std::shared_ptr<const model::application_plan>& plan, conflicts_found then);

// What has to pass or to end before anything can be applied: another application, the caller's limit, and, of `anew`,
// a release that is deployed by itself, the environment's queue.
std::vector<model::plan_conflict> find_waits(const task& t, const model::environment_id& in, bool anew);

}  // namespace troupe::desk
