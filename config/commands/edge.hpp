// The edge as the settings want it.
#pragma once

#include <memory>
#include <string>

#include "actors/board.hpp"
#include "actors/interfaces.hpp"
#include "config/settings.hpp"

namespace troupe::commands {

// The platform's own name, out of PUBLIC_BASE_URL; "" where that names an address or this machine alone.
std::string platform_domain(const config::settings& settings);

actors::edge_actor start_edge(caf::actor_system& system, const config::settings& settings,
                              std::shared_ptr<actors::board> board, actors::site_rows_actor rows,
                              actors::edge_host_actor host, model::wall_clock now, model::random_source random);

}  // namespace troupe::commands
