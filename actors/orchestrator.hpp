// The root of the tree: knows every living environment, hands each its messages, and starts again what died.
#pragma once

#include "actors/house.hpp"

namespace troupe::actors {

// Loads what lives and starts it (at once, or when told by open_house); until then requests are answered `unavailable`.
orchestrator_actor spawn_orchestrator(caf::actor_system& system, house_ptr house);

}  // namespace troupe::actors
