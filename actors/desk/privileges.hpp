// What this installation grants to containers: MAX_SECURITY_PRESET.
#pragma once

#include <vector>

#include "actors/desk/parts.hpp"
#include "actors/desk/refusal.hpp"
#include "actors/model/release_spec.hpp"

namespace troupe::desk {

// What the release asks for and is not granted.
std::vector<model::violation> find_ungranted(const parts& with, const model::release_spec& asked);
refusal not_granted(std::vector<model::violation> violations);

}  // namespace troupe::desk
