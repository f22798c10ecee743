// What the front is given at birth.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "actors/board.hpp"
#include "actors/identity.hpp"
#include "actors/interfaces.hpp"
#include "config/settings.hpp"
#include "http/api/call.hpp"

namespace troupe::http::api {

struct front_parts {
  config::settings settings;
  std::shared_ptr<actors::board> board;
  std::shared_ptr<secrets::verified_keys> keys;
  actors::database_actor database;
  actors::engine_actor engine;
  actors::orchestrator_actor orchestrator;
  actors::identity_actor identity;
  model::wall_clock now;
  model::random_source random;  // thread-safe

  actors::telegram_actor telegram{};  // none: there is no bot
  actors::edge_actor edge{};          // none: there are no public domains
  answer_observer observe{};          // for metrics
  std::string ingress_fault{};        // what is wrong with ports of mode ingress on this Engine; "": nothing

  std::size_t actors = 2;
  std::size_t waiting = 2'000, waiting_per_user = 50;
  std::size_t streams = 500, streams_per_user = 20;
  // Below the door's proxy_read_timeout, so that each call is answered by us.
  model::duration database_timeout{15'000}, engine_timeout{30'000}, identity_timeout{10'000};
  model::duration orchestrator_timeout{50'000};  // an environment is answered once its network is there
  model::duration health_timeout{800};
};

}  // namespace troupe::http::api
