// What stands in an environment: on what an application builds.
#pragma once

#include <functional>
#include <vector>

#include "actors/board.hpp"
#include "actors/messages.hpp"
#include "actors/model/application_plan.hpp"

namespace troupe::actors {

model::standing_releases standing_on(const board& on, const environment_id& environment);

// Asks the database; `then` gets its rows.
using deployment_lister =
    std::function<void(list_deployments asked, std::function<void(const std::vector<stored_deployment>&)> then)>;
// What list_ended_services answered, and of each job whose last run did not succeed the last one that did.
void add_earlier_successes(const user_id& owner, const environment_id& in, std::vector<stored_deployment> ended,
                           deployment_lister list, std::function<void(std::vector<stored_deployment>)> then);

// With jobs that have succeeded: `ended` as add_earlier_successes gives it, `before` what stood on the board when it
// was asked. A job that ends in between is in one of them.
model::standing_releases standing_in(const board& on, const environment_id& environment,
                                     const std::vector<stored_deployment>& ended,
                                     const model::standing_releases& before);

}  // namespace troupe::actors
