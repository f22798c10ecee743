// The real engine behind its handle: an event-based front that never blocks, and detached workers that do.
#pragma once

#include "actors/interfaces.hpp"
#include "docker/engine_options.hpp"

namespace troupe::docker {

// Lives until it is told to exit; then calls under way are broken off and the threads end.
actors::whole_engine_actor spawn_engine(caf::actor_system& system, engine_options options);

}  // namespace troupe::docker
