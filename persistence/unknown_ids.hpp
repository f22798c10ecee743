// Of the ids that Docker's objects bear, those that no row knows.
#pragma once

#include <chrono>
#include <set>
#include <string>

#include "actors/model/problem.hpp"

namespace troupe::persistence {

struct borne_ids {
  std::set<std::string> environments, deployments;
};

// Environments that do not live, deployments of which there is no row at all. unavailable, fit for an operator.
model::outcome<borne_ids> find_unknown_ids(const std::string& url, const borne_ids& shown,
                                           std::chrono::milliseconds timeout);

}  // namespace troupe::persistence
