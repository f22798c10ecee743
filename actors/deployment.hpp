// A deployment's actor: runs the machine over its row. Decide, save, act; one message at a time.
#pragma once

#include "actors/conversation.hpp"
#include "actors/house.hpp"
#include "actors/model/service_queue.hpp"

namespace troupe::actors {

// Its environment tells it something; see model::event.
struct nudge {
  model::event what;
};
// A deployment tells its environment how it stands, after each save. `quiet`: it neither acts nor has an effect under
// way, so that another release may have the turn. `answered`: Docker has answered it once since the actor's start.
// `seen`: what a release that has the turn found of its service, where that is news to the release that it replaces.
struct deployment_changed {
  model::release_brief brief;
  bool quiet = true;
  bool answered = false;
  std::shared_ptr<const model::service_observation> seen{};
};

using deployment_actor =
    caf::typed_actor<caf::reacts_to<nudge>,                                            // from its environment
                     request<command_deployment>::with<outcome<deployment_view_ptr>>,  // answered when saved
                     caf::reacts_to<engine_reach>,                                     // its view may say so
                     caf::reacts_to<continuation>,                                     // from itself
                     request<describe>::with<outcome<actor_card>>>;
using deployment_listener = caf::typed_actor<caf::reacts_to<deployment_changed>>;

// Linked to its parent. `former` is the release that served before, for one that is on its way. It acts only once told
// to (turn_granted, resumed).
deployment_actor spawn_deployment(caf::local_actor* parent, house_ptr house, deployment_listener environment,
                                  model::deployment row, std::optional<model::deployment> former);

}  // namespace troupe::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::nudge)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::deployment_changed)
