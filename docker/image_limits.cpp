#include "docker/image_limits.hpp"

#include <algorithm>
#include <array>

#include "docker/clean_text.hpp"

namespace troupe::docker {

model::failure image_refused(const std::string& why) {
  auto refused = model::make_failure(model::failure_code::image_invalid, "The image " + why + ".");
  refused.hint = "Build the image without it.";
  return refused;
}

std::optional<model::failure> find_image_fault(const image_answer& image) {
  const auto& d = image.declared;
  struct bound {
    std::size_t found, most;
    std::string_view what;
  };
  const std::array bounds{bound{image.volumes.size(), most_declared_volumes, "volumes"},
                          bound{d.ports, most_declared_ports, "ports"},
                          bound{d.label_bytes, most_label_bytes, "bytes of labels"},
                          bound{d.environment_bytes, most_environment_bytes, "bytes of environment variables"},
                          bound{d.command_bytes, most_command_bytes, "bytes of commands"}};
  for (const auto& b : bounds)
    if (b.found > b.most)
      return image_refused("declares " + std::to_string(b.found) + ' ' + std::string(b.what) + "; " +
                           std::to_string(b.most) + " are allowed");
  // By these names Troupe and Swarm know their own containers.
  for (const auto& name : d.labels)
    for (const std::string_view reserved : {"com.troupe.", "com.docker.swarm."})
      if (name.starts_with(reserved))
        return image_refused("bears the label " + clean_text(name.substr(0, 100)) + "; names that begin with " +
                             std::string(reserved) + " are reserved");
  return std::nullopt;
}

}  // namespace troupe::docker
