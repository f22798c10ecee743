// An environment's actor: owns its network, its volumes and the queue of each of its services; supervises its
// deployments.
#pragma once

#include <map>
#include <memory>

#include "actors/application.hpp"
#include "actors/deployment.hpp"
#include "actors/house.hpp"

namespace troupe::actors {

// What the newest listing showed of one environment.
struct environment_listed {
  std::map<std::string, std::uint64_t> services;  // name -> fingerprint
  std::map<std::string, deployment_id> makers;    // name -> the release that it is of
  bool network = false;
};

// One from the database stays still until it is told this, or asked for anything: at a start there may be thousands,
// and all at once would be too much for Docker. Answered once Docker has answered it and each of its deployments that
// may act.
struct wake {};

using environment_actor = deployment_listener::extend<
    request<wake>::with<outcome<model::done>>,
    request<create_environment>::with<outcome<environment_view_ptr>>,  // to a new one, first of all: makes its row and
                                                                       // network
    request<delete_environment>::with<outcome<environment_view_ptr>>,  // answered when saved
    request<create_deployment>::with<outcome<deployment_view_ptr>>,
    request<change_service>::with<outcome<deployment_view_ptr>>,
    request<rollback_deployment>::with<outcome<deployment_view_ptr>>,
    request<command_deployment>::with<outcome<deployment_view_ptr>>,
    request<delete_volume>::with<outcome<model::done>>,  // answered when it is gone
    request<apply_application>::with<outcome<application_view_ptr>>,
    request<cancel_application>::with<outcome<application_view_ptr>>, caf::reacts_to<application_saved>,
    caf::reacts_to<engine_reach>, caf::reacts_to<service_touched>, caf::reacts_to<environment_touched>,
    caf::reacts_to<site_changed>, caf::reacts_to<environment_listed>, caf::reacts_to<continuation>,
    request<describe>::with<outcome<std::vector<actor_card>>>>;

// With what lives in it from the database (`living.environments` is not looked at); for a new environment `row` is not
// stored yet and `create` follows.
environment_actor spawn_environment(caf::local_actor* parent, house_ptr house, model::environment row,
                                    living_rows living, bool is_new);

}  // namespace troupe::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::environment_listed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::wake)
