// One environment: an overlay network and what lives in it.
#pragma once

#include <cstdint>
#include <string>

#include "actors/model/ids.hpp"
#include "actors/model/status.hpp"
#include "actors/model/time.hpp"

namespace troupe::model {

struct environment {
  environment_id id;
  user_id owner;
  std::string name;        // DNS label, 1-40; unique per owner among the living
  std::string network_id;  // Docker's; "" until the network exists
  environment_status status = environment_status::creating;
  std::uint64_t revision = 1;
  timestamp created_at{};
  timestamp updated_at{};

  bool operator==(const environment&) const = default;
};

}  // namespace troupe::model
