// Which of the bugs in plant_mutants.py is switched on. Only the copies that it writes ask for it, never the sources.
#pragma once

#include <string_view>

namespace troupe::simulation {

inline std::string_view planted_mutant;  // empty: none

inline bool mutant(std::string_view name) {
  return planted_mutant == name;
}

}  // namespace troupe::simulation
