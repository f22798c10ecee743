// What a simulated run is made of: how much is asked for, and what goes wrong meanwhile.
#pragma once

#include <span>
#include <string_view>

#include "actors/model/time.hpp"
#include "docker/simulated_faults.hpp"

namespace troupe::simulation {

struct profile {
  std::string_view name;
  bool in_turn = false;  // each operation waits until the one before it has settled; its outcome is then certain
  unsigned environments = 2;
  unsigned operations = 16;
  bool bad_images = true;
  bool applications = false;         // several services are asked for as one, too
  unsigned kills = 0;                // of the process, at most
  unsigned messages_per_kill = 150;  // on average
  docker::fault_rates engine{};
  docker::fault_rates store{};
  unsigned engine_outages = 0, store_outages = 0;
  unsigned task_crashes = 0, edits_by_hand = 0, node_losses = 0;
  unsigned actor_crashes = 0,
           messages_per_crash = 150;  // of environments and deployments, at most; fewer than the restart budget
  model::duration news_late_by{0};    // of a task that ended by itself, to those who do not ask the container
  unsigned clock_jumps = 0;           // of the wall clock, up to an hour either way
  model::duration span{90'000};       // operations and faults happen within it

  // Its outcome is certain, however often the process or an actor dies.
  bool has_twin() const {
    return in_turn && kills + actor_crashes > 0 && !engine_goes_wrong() && !store_goes_wrong() && !world_goes_wrong();
  }
  bool engine_goes_wrong() const {
    return engine.slow + engine.refused + engine.lost + engine.late + engine.hang > 0 || engine_outages > 0;
  }
  bool store_goes_wrong() const {
    return store.slow + store.refused + store.lost + store.late + store.hang > 0 || store_outages > 0;
  }
  bool world_goes_wrong() const { return task_crashes + edits_by_hand + node_losses > 0; }
};

std::span<const profile> profiles();
const profile* find_profile(std::string_view name);

}  // namespace troupe::simulation
