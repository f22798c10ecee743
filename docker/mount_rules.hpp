// Where in an image something may be mounted, once its links are followed. Pure.
#pragma once

#include <optional>

#include "actors/model/failure.hpp"
#include "actors/model/release_spec.hpp"
#include "docker/image_profile.hpp"

namespace troupe::docker {

// IMAGE_INVALID where a volume, a writable path or a declared volume leads into a directory of the system, as
// "/data" does in an image in which it is a link to "/etc". The profile knows all of these paths.
std::optional<model::failure> find_mount_fault(const model::release_spec& spec, const image_profile& image);

}  // namespace troupe::docker
