// What the house's few big actors say of themselves at one moment. What there are many of, environments and
// deployments, is counted on the board: nobody is asked, so nobody can be missed.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "actors/board.hpp"
#include "actors/identity.hpp"
#include "actors/interfaces.hpp"
#include "http/admin/metrics.hpp"
#include "http/api/call.hpp"

namespace troupe::http::admin {

// One request, with a key that has ADMIN or not, to be answered.
struct admin_call {
  api::call_ptr c;
};
using admin_actor = caf::typed_actor<caf::reacts_to<admin_call>>;

struct surveyed_actors {
  actors::orchestrator_actor orchestrator;
  actors::engine_actor engine;
  actors::database_actor database;
  actors::identity_actor identity;
  actors::edge_actor edge{};  // none: no public domains
  std::shared_ptr<actors::board> board{};
  actors::telegram_actor telegram{};  // none: there is no bot
};

struct survey {
  std::vector<actors::actor_card> cards;  // one that did not answer in time has a card that says so
  std::optional<actors::edge_condition> edge;
  bool database_up = false;
  bool has_telegram = false, telegram_works = false;
};

// `then` runs in `self`, once, within `patience`.
void take_survey(admin_actor::pointer self, const surveyed_actors& of, model::duration patience,
                 std::function<void(survey)> then);

// `now`: that of the rows on the board.
void set_gauges(metrics& m, const survey& s, const actors::board& counted, model::timestamp now);

}  // namespace troupe::http::admin

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::http::admin::admin_call)
