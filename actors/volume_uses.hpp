// Who uses an environment's volumes, as its living releases on the board tell.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "actors/board.hpp"

namespace troupe::actors {

// A living release, and how its containers mount a volume, or will once they start.
struct volume_use {
  deployment_view_ptr release;
  model::volume_mount mount;
};

// By the volume's name.
std::map<std::string, std::vector<volume_use>> volume_uses(const board& of, const model::environment_id& in);

// In words, who mounts this one or may come to: what an image declares is known once it is resolved. "": nobody.
std::string users_of(const board& of, const model::environment_id& in, const std::string& volume);

}  // namespace troupe::actors
