// Plans for tests.
#pragma once

#include <random>
#include <string>

#include "actors/model/deployment.hpp"

namespace troupe::docker::tests {

inline model::random_source random_bits(std::uint64_t seed) {
  return [engine = std::make_shared<std::mt19937_64>(seed)] { return (*engine)(); };
}

inline model::service_plan plain_plan() {
  model::service_plan plan;
  plan.environment = {"env_abcdefghijklmnop"};
  plan.deployment = {"dep_bcdefghijklmnopq"};
  plan.generation = 2;
  plan.replicas = plan.spec.replicas = 1;
  plan.spec.service = "web";
  plan.spec.image = {"docker.io", "library/web", "1", ""};
  plan.image.pinned = "docker.io/library/web@sha256:" + std::string(64, 'a');
  plan.image.uid = 10001;
  plan.image.gid = 10001;
  plan.image.scratch = {{"/run", true}, {"/tmp", false}};
  return plan;
}

}  // namespace troupe::docker::tests
