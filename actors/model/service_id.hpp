// A service has no row of its own: (environment, name) is what it is, so that is its id, "<environment id>.<name>". It
// is found on the board without an index of ids, stays the same from release to release, and comes back with the name.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "actors/model/ids.hpp"

namespace troupe::model {

struct service_id {
  environment_id environment;
  std::string name;  // DNS label, 1-40

  auto operator<=>(const service_id&) const = default;
  bool empty() const { return name.empty(); }
  std::string text() const;  // "": empty
};

bool is_service_name(std::string_view text);

std::optional<service_id> parse_service_id(std::string_view text);

}  // namespace troupe::model
