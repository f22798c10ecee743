// `depends_on`: who waits for whom.
#pragma once

#include <string>
#include <vector>

#include "http/compose/reading.hpp"

namespace troupe::http::compose {

struct wish {
  dependency what;  // its service as the file names it
  spot from;
};

std::vector<wish> take_wishes(reading& r, const spot& depends_on);

struct waiting_service {
  std::string name;  // as in the file
  std::vector<wish> after;
};

// Tells each way round, by the services on it.
void refuse_circles(reading& r, const std::vector<waiting_service>& services);

}  // namespace troupe::http::compose
