// What `security` of a release amounts to: its preset, and what is said beside it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/model/release_spec.hpp"
#include "actors/model/resolved_image.hpp"

namespace troupe::model {

security_preset preset_of(const security& asked);

// What counts for the containers of an image: as asked for, with the preset that the image got by itself.
security effective(security asked, const std::optional<resolved_image>& image);

// Whether a user of the image's that is root stays root. Otherwise its container runs as another.
bool keeps_root(const security& asked);

bool has_read_only_root(const security& asked);

// To listen at ports below 1024, which harms nobody: containers have networks of their own.
inline constexpr std::string_view always_granted = "NET_BIND_SERVICE";

// Those that are added back, with that one always; as they were asked for.
std::vector<std::string> capabilities_of(const security& asked);

}  // namespace troupe::model
