// What a release asks for beyond what MAX_SECURITY_PRESET=restricted grants its containers.
#pragma once

#include <string_view>
#include <vector>

#include "actors/model/problem.hpp"
#include "actors/model/release_spec.hpp"

namespace troupe::model {

// "0", "00:5", "root": root by its number, or by the name that it has everywhere. Another name of it is known to the
// image alone.
bool is_root(std::string_view user);

// With pointers into the request's body; none: it asks for nothing of the kind.
std::vector<violation> privileges_of(const security& asked);

}  // namespace troupe::model
