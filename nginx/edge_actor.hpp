#pragma once
// The edge's actor: owns every public domain's row and life, and is the only writer of the edge's container. What the
// container should hold follows from the rows and the board; each look compares, and changes what differs. Many changes
// become one reload a second.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "actors/board.hpp"
#include "actors/interfaces.hpp"
#include "actors/model/site_machine.hpp"

namespace troupe::nginx {

struct edge_options {
  std::string acme_directory;
  std::string acme_email;              ///< "": none
  std::string acme_ca;                 ///< PEM of a private authority's CA; "": the container's own trust
  std::vector<std::string> addresses;  ///< the only ones that names may resolve to; empty: any public one
  std::string platform_domain;         ///< canonical; nobody else's, nor what is below it; "": none
  std::size_t domains_per_environment = 10;
  std::string platform_upstream;  ///< host:port at which the container reaches the platform; "": its name is not served
  model::site_timings timings;
  model::duration reload_interval{1'000};
  model::duration claim_lifetime{24 * 3'600'000};  ///< a claim that never answered gives way to another's after that
  model::duration database_timeout{15'000};
  model::duration host_timeout{60'000};  ///< for one call to the container beyond the patience of a program
  std::size_t jobs = 3;                  ///< checks and orders at a time
  std::size_t orders_per_hour =
      200;  ///< of all names together; Let's Encrypt allows an account 300 in 3 hours, and renewals
};

struct edge_parts {
  edge_options options;
  actors::site_rows_actor rows;
  actors::edge_host_actor host;
  std::shared_ptr<actors::board> board;
  model::wall_clock now;
  model::random_source random;
};

/// Answers `unavailable` until the rows are loaded.
actors::edge_actor spawn_edge(caf::actor_system& system, edge_parts parts);

}  // namespace troupe::nginx
