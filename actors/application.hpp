// An application's actor: applies it step by step, saves each, and goes on from its row after a start. It asks its
// environment for everything that is to be done, and is told by it when one of its releases changed.
#pragma once

#include <caf/all.hpp>

#include "actors/house.hpp"

namespace troupe::actors {

struct release_changed {
  deployment_id deployment;
};
struct environment_leaves {};  // it is being deleted: the application is over

using application_actor =
    caf::typed_actor<caf::reacts_to<release_changed>, caf::reacts_to<environment_leaves>,
                     request<cancel_application>::with<outcome<application_view_ptr>>,  // answered when saved
                     caf::reacts_to<struct continuation>, request<describe>::with<outcome<actor_card>>>;

// What it asks of its environment.
using release_owner = caf::typed_actor<request<rollback_deployment>::with<outcome<deployment_view_ptr>>,
                                       request<command_deployment>::with<outcome<deployment_view_ptr>>,
                                       caf::reacts_to<application_saved>>;

inline model::problem nothing_left_to_cancel() {
  return {model::consequence::conflict, "It is over: there is nothing left to cancel.", {}, 0};
}

// Of a way back: what is newer than the application is left alone.
inline model::problem overtaken() {
  return {model::consequence::conflict,
          "A newer release of the service has taken its place.",
          {{"/to", "is older than what stands"}},
          0};
}

// `row` is saved. Ends itself once it is over.
application_actor spawn_application(caf::local_actor* parent, house_ptr house, release_owner environment,
                                    model::application row);

}  // namespace troupe::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::release_changed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::environment_leaves)
