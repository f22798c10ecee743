// What a release lacks that the one before it had. A request that names less than the last one drops the rest, which is
// seldom meant.
#pragma once

#include <string>
#include <vector>

#include "actors/model/release_spec.hpp"

namespace troupe::model {

// A sentence for each thing that is dropped; empty where nothing is.
std::vector<std::string> dropped_since(const release_spec& before, const release_spec& now);

}  // namespace troupe::model
