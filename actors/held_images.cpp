#include "actors/held_images.hpp"

namespace troupe::actors {

std::vector<std::string> held_images(const board& on, const model::environment_id& in, const std::string& service) {
  std::vector<std::string> out;
  for (const auto& release : on.living(in, service))
    if (release->row.image) out.push_back(release->row.image->pinned);
  return out;
}

}  // namespace troupe::actors
