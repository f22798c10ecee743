// Rows and specs with sensible contents, to be changed where a test cares.
#pragma once

#include <string>
#include <string_view>

#include "actors/model/deployment.hpp"
#include "actors/model/environment.hpp"

namespace troupe::support {

// "docker.io/acme/<name>:<tag>"; the simulated engine reads the behaviour from the end of `name`.
model::image_reference image(std::string_view name, std::string_view tag = "1");
model::release_spec spec(std::string_view service = "web", std::string_view image_name = "web",
                         std::uint32_t replicas = 1);
model::port_mapping host_port(std::uint16_t container, std::uint16_t host);

// Ids that are well-formed and follow from `n` alone.
template <class Id>
Id id(std::uint64_t n) {
  return Id{model::id_text(model::id_traits<Id>::prefix, n, n >> 40U)};
}

model::environment environment(std::uint64_t n = 1, std::string_view name = "staging");
model::deployment deployment(std::uint64_t n = 1, const model::environment& in = environment(),
                             model::release_spec spec = support::spec());
model::service_plan plan(const model::environment& in, std::uint64_t deployment,
                         model::release_spec spec = support::spec());

}  // namespace troupe::support
