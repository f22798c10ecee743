// What stands in an environment: on what an application builds.
#pragma once

#include <vector>

#include "actors/board.hpp"
#include "actors/messages.hpp"
#include "actors/model/application_plan.hpp"

namespace troupe::actors {

// `ended` as list_ended_services answers.
model::standing_releases standing_in(const board& on, const environment_id& environment,
                                     const std::vector<stored_deployment>& ended);

}  // namespace troupe::actors
