// One run: clients, processes that are killed and started again, and a world in which things go wrong, all from one
// seed. It judges by the invariants in witness.hpp.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <ostream>
#include <string>
#include <vector>

#include "docker/simulated_swarm.hpp"
#include "tests/simulation/profile.hpp"

namespace troupe::simulation {

struct report {
  std::uint64_t seed = 0;
  std::string profile;
  std::vector<std::string> violations;
  std::uint64_t trace_hash = 0;  // over everything that happened, in order
  std::uint64_t messages = 0, kills = 0, crashes = 0, faults = 0, acknowledged = 0, refused = 0, running = 0,
                succeeded = 0;
  std::chrono::milliseconds simulated{0};
  std::map<std::string, docker::write_count> writes;  // of the swarm
  std::map<std::string, std::string> outcomes;        // deployment -> how it ended

  bool ok() const { return violations.empty(); }
  std::string replay() const;  // the command that shows it again
};

// `trace`, if any, gets a line for everything that happens. A profile that has a twin is compared with it (O7): the
// same run without kills and crashes makes and deletes the same objects, and every deployment ends the same.
report simulate(std::uint64_t seed, const profile& p, std::ostream* trace = nullptr);

// Keeps the log of the actors off the terminal.
void quiet_log();

}  // namespace troupe::simulation
