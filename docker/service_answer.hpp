// What the Engine says of services and tasks. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "actors/model/observation.hpp"
#include "actors/model/rollout.hpp"
#include "docker/json_reader.hpp"

namespace troupe::docker {

struct service_answer {
  std::string id;
  std::uint64_t version = 0;
  json spec;
  bool update_paused = false;  // a new container failed, and Swarm will not go on by itself
  std::optional<model::timestamp> updated_at{};
};
std::optional<service_answer> read_service(const json& body);

// Where the spec that is there differs from the one we would send, as a path ("TaskTemplate/ContainerSpec/Image");
// nothing where they mean the same: each field we send is there, and what else is there is blank or the Engine's
// default.
std::optional<std::string> drift(const json& sent, const json& there);

// What model/rollout wants to know of a service's spec: all but whether a writer lives.
model::standing_service standing_of(const json& sent, const json& there);

// The Docker names of the volumes that its containers may write to, without those of a task's own.
std::set<std::string> writable_volumes(const json& spec);

// Without a container; what its containers are made from stays.
json with_replicas(json spec, std::uint32_t replicas);

struct task_answer {
  model::task_observation seen;  // without trouble and node's name
  std::string state;             // Swarm's: new, pending, … running, failed, rejected, …
  std::string error;             // Status.Err
  std::string created;           // RFC 3339; sorts
  std::uint64_t version = 0;
  std::string node_id;
};
// Newest first. `service` is the tenant's name of it.
std::vector<task_answer> read_tasks(const json& body, const std::string& service);

}  // namespace troupe::docker
