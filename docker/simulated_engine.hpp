// The engine without Docker (DOCKER_HOST=simulated:): talks to a simulated_swarm behind the same handle as the real
// one. It keeps time by CAF's clock alone, so it runs in real time as in the tests' virtual time.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "actors/interfaces.hpp"
#include "docker/simulated_faults.hpp"
#include "docker/simulated_swarm.hpp"

namespace troupe::docker {

struct simulated_engine_options {
  model::wall_clock now;
  model::duration audit{15'000};  // between listings
  std::chrono::seconds hold{0};   // how long what nothing checks is kept out of service at first
  model::duration latency_least{1}, latency_most{20}, slow_most{20'000};
  model::duration pull_least{200}, pull_most{800};
  model::duration deadline{30'000};               // after which the engine itself gives up waiting for its Docker
  std::shared_ptr<fault_plan> faults;             // absent: nothing goes wrong
  std::shared_ptr<const bool> dead;               // once true, nothing is done, answered or told any more
  std::function<void(const std::string&)> trace;  // told of each call and event
};

// The swarm may outlive the actor; only one engine may use it at a time.
actors::engine_actor spawn_simulated_engine(caf::actor_system& system, std::shared_ptr<simulated_swarm> swarm,
                                            simulated_engine_options options);

}  // namespace troupe::docker
