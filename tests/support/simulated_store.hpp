// The database actor over a stored_world: the real one's handle and rules, without PostgreSQL.
#pragma once

#include <functional>
#include <memory>

#include "actors/interfaces.hpp"
#include "docker/simulated_faults.hpp"
#include "tests/support/stored_world.hpp"

namespace troupe::support {

struct simulated_store_options {
  model::wall_clock now;
  model::duration latency_least{0}, latency_most{3}, slow_most{5'000};
  model::duration deadline{5'000};             // after which it says by itself that it could not
  std::shared_ptr<docker::fault_plan> faults;  // refused: unavailable; lost and late: committed
  std::shared_ptr<const bool> dead;
  std::function<void(const std::string&)> trace;
};

actors::database_actor spawn_simulated_store(caf::actor_system& system, std::shared_ptr<stored_world> world,
                                             simulated_store_options options);

}  // namespace troupe::support
