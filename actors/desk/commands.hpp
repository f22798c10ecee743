// The one table of commands.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>

#include "actors/desk/account.hpp"
#include "actors/desk/applications.hpp"
#include "actors/desk/deployments.hpp"
#include "actors/desk/environments.hpp"
#include "actors/desk/keys.hpp"
#include "actors/desk/operations.hpp"
#include "actors/desk/registries.hpp"
#include "actors/desk/services.hpp"
#include "actors/desk/sites.hpp"
#include "actors/desk/volumes.hpp"

namespace troupe::desk {

template <command... Commands>
struct command_list {
  static constexpr std::size_t size = sizeof...(Commands);
  static constexpr std::array<terms, size> all{Commands::on...};

  template <class Visitor>  // called as visitor.template operator()<Command>()
  static void each(Visitor visitor) {
    (visitor.template operator()<Commands>(), ...);
  }
};

using commands =
    command_list<create_environment, get_environment, delete_environment, list_environments,           //
                 publish_environment, unpublish_environment, list_domains, put_domain, delete_domain,  //
                 list_volumes, delete_volume,                                                          //
                 get_service, list_services, update_service, plan_service,                             //
                 create_deployment, roll_back_deployment, get_deployment, list_deployments, list_own_deployments,
                 cancel_deployment, stop_deployment, start_deployment, restart_deployment, scale_deployment,
                 remove_deployment,                                                 //
                 plan_application, apply_application, get_application,              //
                 get_operation, list_operations, cancel_operation,                  //
                 list_transitions, follow_timeline, read_logs, follow_logs,         //
                 get_account, create_key, issue_magic_link, list_keys, revoke_key,  //
                 list_registries, put_registry, delete_registry>;

// Audits tell commands apart by name.
static_assert([] {
  for (std::size_t i = 0; i < commands::size; ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (std::string_view(commands::all[i].name) == std::string_view(commands::all[j].name)) return false;
  return true;
}());

}  // namespace troupe::desk
