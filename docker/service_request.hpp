// A plan as the Swarm service that runs it hardened. Pure. The API ignores fields it does not know, so each field here
// is one that was read back from a running container; what a plan cannot express (bind mounts, host networks,
// privileges) has no line here.
#pragma once

#include <string>
#include <string_view>

#include "actors/model/deployment.hpp"
#include "docker/api_version.hpp"
#include "docker/json_reader.hpp"

namespace troupe::docker {

struct service_context {
  std::string instance;
  std::string network_id;  // Swarm stores the id, whatever was sent
  api_version version = oldest_version;
};

json service_spec(const model::service_plan& plan, const service_context& context);

// Swarm expands {{…}} in environment, mounts and host names; a tenant's text must arrive as it was written.
std::string escape_template(std::string_view text);

// The start of the names of an environment's scratch volumes; the rest is a number and the task's id.
std::string scratch_prefix(const model::environment_id& environment);

}  // namespace troupe::docker
