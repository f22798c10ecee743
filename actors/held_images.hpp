// Which images a service was given before: resolve_image::held.
#pragma once

#include <string>
#include <vector>

#include "actors/board.hpp"

namespace troupe::actors {

// By its living releases.
std::vector<std::string> held_images(const board& on, const model::environment_id& in, const std::string& service);

}  // namespace troupe::actors
