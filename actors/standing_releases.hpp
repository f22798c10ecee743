// What stands in an environment: on what an application builds.
#pragma once

#include <vector>

#include "actors/board.hpp"
#include "actors/messages.hpp"
#include "actors/model/application_plan.hpp"

namespace troupe::actors {

// The release on which a change of its service builds; null: none of them stands.
deployment_view_ptr newest_standing(const board::releases& by_number);

model::standing_releases standing_on(const board& on, const environment_id& environment);

// With jobs that have succeeded: `ended` as list_ended_services answers with `done_jobs`, `before` what stood on the
// board when it was asked. A job that ends in between is in one of them.
model::standing_releases standing_in(const board& on, const environment_id& environment,
                                     const std::vector<stored_deployment>& ended,
                                     const model::standing_releases& before);

}  // namespace troupe::actors
