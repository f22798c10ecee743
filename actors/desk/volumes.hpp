// What can be asked of an environment's volumes. Docker keeps one until its environment goes, or somebody deletes it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "actors/desk/answer_to.hpp"
#include "actors/desk/terms.hpp"
#include "actors/messages.hpp"

namespace troupe::desk {

// A living deployment that mounts a volume, or will once its containers start.
struct volume_use {
  model::deployment_id deployment;
  std::string service;
  model::deployment_status status{};
  std::string mount_path;
  bool read_only = false;
};
struct shown_volume {
  actors::engine_volume volume;
  bool exists = true;  // false: declared, and not made yet
  std::vector<volume_use> used_by;
};

// By name: those that Docker has, and those that living deployments declare.
struct list_volumes {
  static constexpr terms on{.name = "list_volumes", .needs = model::scope::environments_read};
  using answer = std::vector<shown_volume>;

  model::environment_id environment;

  subject::environment about() const { return {environment}; }
};

// With its data, for good. A conflict names the living deployments that use it.
struct delete_volume {
  static constexpr terms on{.name = "delete_volume", .needs = model::scope::environments_write, .writes = true};
  using answer = model::done;

  model::environment_id environment;
  std::string name;

  subject::environment about() const { return {environment}; }
};

void perform(const task& t, const list_volumes& what, answer_to<std::vector<shown_volume>> then);
void perform(const task& t, const delete_volume& what, answer_to<model::done> then);

}  // namespace troupe::desk
