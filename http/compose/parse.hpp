// Text into a tree of nodes: alone here is yaml-cpp known.
#pragma once

#include <string_view>

#include "http/compose/findings.hpp"
#include "http/compose/node.hpp"
#include "http/compose/read.hpp"

namespace troupe::http::compose {

// Null where `wrong` tells why there is nothing to go on with. Keys that are given twice are told, and the rest is
// read.
node_ptr parse(std::string_view text, const reading_limits& limits, findings& wrong);

}  // namespace troupe::http::compose
