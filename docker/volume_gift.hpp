// Gives a volume to the user that is to write to it, with all that is in it. Troupe's own program does it
// (docker/prober) in a container that sees that volume alone and has no network; nothing of the image runs. On the node
// that is asked.
#pragma once

#include <optional>
#include <string>

#include "actors/model/problem.hpp"
#include "docker/api_client.hpp"
#include "docker/image_profile.hpp"

namespace troupe::docker {

// What the container's name begins with; the volume's name follows.
inline constexpr std::string_view giver_prefix = "troupe-giver-";

struct volume_gift {
  std::string volume;  // Docker's name
  std::string image;   // any that is on the node
  std::string prober;  // the volume that holds the program
  run_as user;
};

// Nothing once all of it is given. Takes as long as there are files, but answers `retry` after a while: asked again it
// looks at how far that one has got. `unavailable`: the Engine lets no container be started.
std::optional<model::effect_error> give(api_client& api, const std::string& instance, const volume_gift& gift);

}  // namespace troupe::docker
