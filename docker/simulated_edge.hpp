// The edge without Docker (DOCKER_HOST=simulated:): a container that does at once, and always, what it is told; each
// name answers, and each order is granted for 90 days. For trying the API out; what can go wrong is tested with nginx
// and an authority.
#pragma once

#include "actors/interfaces.hpp"

namespace troupe::docker {

actors::edge_host_actor spawn_simulated_edge(caf::actor_system& system, model::wall_clock now);

}  // namespace troupe::docker
