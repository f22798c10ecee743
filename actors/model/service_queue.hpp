// One writer per service: which release may act. Computed anew from the rows after each change, so that there is
// nothing to recover: releases of one service queue by number, those of different services run side by side. The latest
// wins: one that waits is superseded by a newer one, unless it keeps its turn.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "actors/model/deployment.hpp"

namespace troupe::model {

struct release_brief {
  deployment_id id;
  std::uint64_t number = 0;
  std::string service;
  deployment_status status{};
  bool job = false;
  bool keeps_turn = false;  // newer ones do not overtake it while it waits
  bool held = false;        // it may not begin yet
};

release_brief brief_of(const deployment& row);

struct turn {
  deployment_id next;
  std::optional<deployment_id> former;  // the release that serves meanwhile
};
struct supersession {
  deployment_id older;
  deployment_id by;
};
struct turns {
  std::vector<turn> grants;
  std::vector<supersession> superseded;
  std::vector<deployment_id> active;  // entitled to touch their service, besides the granted
};

turns plan_turns(const std::vector<release_brief>& living);

}  // namespace troupe::model
