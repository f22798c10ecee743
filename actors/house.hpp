// What every actor of the tree is given at birth.
#pragma once

#include <functional>
#include <memory>

#include "actors/board.hpp"
#include "actors/interfaces.hpp"
#include "actors/model/deployment_machine.hpp"
#include "actors/model/time.hpp"

namespace troupe::actors {

struct request_timeouts {
  model::duration database{15'000};  // longer than the database actor's own deadline
  model::duration engine{60'000};    // likewise; pulling has machine.pull on top
  model::duration inner{5'000};      // between actors of the tree
};

struct house {
  database_actor database;
  engine_actor engine;
  edge_actor edge{};  // none: no public domains
  std::shared_ptr<actors::board> board;
  model::wall_clock now;
  model::random_source random;
  model::machine_timings timings;
  request_timeouts timeouts;
  std::function<void(const model::deployment&)>
      observe{};                         // told of each change of status, once it is saved; for metrics
  bool opens_itself = true;              // without waiting for open_house
  std::size_t waking_environments = 32;  // that take their first look at Docker at the same time, after a start
  std::size_t queued_releases = 100;     // PENDING deployments of one environment; more are refused
};
using house_ptr = std::shared_ptr<const house>;

}  // namespace troupe::actors
