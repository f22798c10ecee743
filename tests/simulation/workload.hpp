// What the clients of one run want, drawn from its seed before anything happens.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "actors/messages.hpp"
#include "docker/simulated_chance.hpp"
#include "tests/simulation/profile.hpp"

namespace troupe::simulation {

enum class wish { create_environment, deploy, apply, roll_back, command, delete_environment };
inline constexpr model::enum_texts<wish, 6> wish_texts{
    {"create_environment", "deploy", "apply", "roll_back", "command", "delete_environment"}};

struct operation {
  wish what{};
  model::duration at{0};              // since the start
  std::size_t environment = 0;        // the operation that creates it
  std::optional<std::size_t> target;  // the operation that makes the deployment which is commanded or rolled back
  actors::create_environment create;  // create_environment
  actors::create_deployment deploy;   // deploy, and for roll_back the planned ids
  actors::apply_application apply;    // apply
  model::verb command{};              // command
  std::uint32_t replicas = 0;

  std::string text() const;
};

std::vector<operation> draw_workload(const profile& p, docker::simulated_chance chance);

}  // namespace troupe::simulation
