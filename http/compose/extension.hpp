// `extends`: a service that begins as another one of the file.
#pragma once

#include <map>
#include <string>

#include "http/compose/reading.hpp"

namespace troupe::http::compose {

// Each service with what it extends, as Compose merges them: maps member by member, lists one after the other, commands
// and checks as a whole. One that is wrong is left out, and told.
std::map<std::string, node_ptr> extended(reading& r, const spot& services);

}  // namespace troupe::http::compose
