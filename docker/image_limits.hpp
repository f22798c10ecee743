// What an image may declare. Docker takes any number of anything, and each of it costs everybody: an event bears all of
// an image's labels, each declared path is looked at and mounted, the environment stands in every answer. Pure.
#pragma once

#include <optional>

#include "actors/model/failure.hpp"
#include "docker/image_answer.hpp"

namespace troupe::docker {

inline constexpr std::size_t most_declared_volumes = 32;
inline constexpr std::size_t most_declared_ports = 256;
inline constexpr std::size_t most_label_bytes = 64U << 10U;         // names and values together
inline constexpr std::size_t most_environment_bytes = 256U << 10U;  // as of a release's own
inline constexpr std::size_t most_command_bytes = 256U << 10U;      // entry point, command and health check
inline constexpr std::size_t most_image_bytes = 4U << 20U;          // of all that the Engine says of it
inline constexpr std::size_t most_history_bytes = 1U << 20U;

model::failure image_refused(const std::string& why);

// IMAGE_INVALID where it declares more, or bears a label that only Troupe or Swarm may give.
std::optional<model::failure> find_image_fault(const image_answer& image);

}  // namespace troupe::docker
