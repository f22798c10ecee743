// The actors that the admin routes ask, each with answers of the test's making.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/identity.hpp"
#include "actors/interfaces.hpp"

namespace troupe::http::admin::test {

using namespace actors;

struct company {
  std::vector<actor_card> cards;               // the orchestrator's
  std::vector<stored_deployment> deployments;  // the newest first
  bool database_down = false;
  bool engine_down = false;
  std::optional<model::problem> identity_problem;  // instead of "rejected"
  int described = 0, trees = 0;
  describe_some asked_for;             // the last
  std::optional<environment_id> next;  // of the tree's pages
  std::uint32_t limit_asked = 0;
  std::optional<model::deployment_status> status_asked;
};
using company_ptr = std::shared_ptr<company>;

inline const model::problem down{model::consequence::unavailable, "The database is down.", {}, 3};

inline actor_card card(const std::string& id, const std::string& kind, const std::string& parent = "",
                       const std::string& state = "active") {
  actor_card out;
  out.id = id;
  out.kind = kind;
  out.parent = parent;
  out.state = state;
  return out;
}

inline orchestrator_actor::behavior_type fake_orchestrator(orchestrator_actor::pointer, company_ptr all) {
  return {
      [](const service_touched&) {},
      [](const environment_touched&) {},
      [](const engine_listed&) {},
      [](const engine_reach&) {},
      [](const site_changed&) {},
      [](const create_environment&) -> outcome<environment_view_ptr> { return down; },
      [](const delete_environment&) -> outcome<environment_view_ptr> { return down; },
      [](const create_deployment&) -> outcome<deployment_view_ptr> { return down; },
      [](const change_service&) -> outcome<deployment_view_ptr> { return down; },
      [](const apply_application&) -> outcome<application_view_ptr> { return down; },
      [](const cancel_application&) -> outcome<application_view_ptr> { return down; },
      [](const rollback_deployment&) -> outcome<deployment_view_ptr> { return down; },
      [](const command_deployment&) -> outcome<deployment_view_ptr> { return down; },
      [](const open_house&) -> outcome<model::done> { return model::done{}; },
      [](const delete_volume&) -> outcome<model::done> { return down; },
      [all](const describe&) {
        ++all->described;
        return all->cards.empty() ? actor_card{} : all->cards.front();
      },
      [all](const describe_some& m) -> outcome<described> {
        all->asked_for = m;
        ++all->trees;
        return described{{all->cards.begin() + (all->cards.empty() ? 0 : 1), all->cards.end()}, all->next};
      },
  };
}

inline engine_actor::behavior_type fake_engine(engine_actor::pointer self, company_ptr all) {
  const effect_error no{model::consequence::unavailable, {}};
  return {
      [=](const resolve_image&) -> outcome<model::resolved_image, effect_error> { return no; },
      [=](const look_up_image&) -> outcome<model::image_prospect, effect_error> { return no; },
      [=](const list_nodes&) -> outcome<std::vector<model::node_size>, effect_error> { return no; },
      [=](const check_registry_login&) -> outcome<model::done, effect_error> { return no; },
      [=](const ensure_network&) -> outcome<network_ready, effect_error> { return no; },
      [=](const remove_network&) -> outcome<model::done, effect_error> { return no; },
      [=](const ensure_volumes&) -> outcome<volumes_ready, effect_error> { return no; },
      [=](const remove_volumes&) -> outcome<model::done, effect_error> { return no; },
      [=](const list_volumes&) -> outcome<std::vector<engine_volume>, effect_error> { return no; },
      [=](const remove_volume&) -> outcome<model::done, effect_error> { return no; },
      [=](const converge_service&) -> outcome<model::service_observation, effect_error> { return no; },
      [=](const remove_service&) -> outcome<model::done, effect_error> { return no; },
      [=](const read_logs&) -> outcome<log_page, effect_error> { return no; },
      [](const follow_logs&) {},
      [=](const engine_status&) -> outcome<engine_info, effect_error> {
        if (all->engine_down) return no;
        return engine_info{"20.10.24", "1.41", false, 1'500};
      },
      [](const engine_observer&) {},
      [=](const describe&) {
        if (all->engine_down) self->quit(caf::exit_reason::user_shutdown);
        auto mine = card("engine", "engine");
        mine.mailbox_depth = 7;
        return mine;
      },
  };
}

inline database_actor::behavior_type fake_database(database_actor::pointer, company_ptr all) {
  const model::problem no = down;
  return {
      [=](const save&) -> outcome<model::done> { return no; },
      [=](const load_living&) -> outcome<living_rows> { return no; },
      [=](const load_environment&) -> outcome<living_rows> { return no; },
      [=](const find_deployment&) -> outcome<stored_deployment> { return no; },
      [=](const list_deployments&) -> outcome<std::vector<stored_deployment>> { return no; },
      [=](const list_recent_deployments& what) -> outcome<std::vector<stored_deployment>> {
        if (all->database_down) return no;
        all->limit_asked = what.limit;
        all->status_asked = what.status;
        return all->deployments;
      },
      [=](const list_own_deployments&) -> outcome<std::vector<stored_deployment>> { return no; },
      [=](const list_ended_services&) -> outcome<std::vector<stored_deployment>> { return no; },
      [=](const list_environments&) -> outcome<std::vector<model::environment>> { return no; },
      [=](const find_predecessor&) -> outcome<stored_deployment> { return no; },
      [=](const find_application&) -> outcome<application_view_ptr> { return no; },
      [=](const list_applications&) -> outcome<std::vector<application_view_ptr>> { return no; },
      [=](const list_dependencies&) -> outcome<model::dependencies> { return no; },
      [=](const list_transitions&) -> outcome<std::vector<model::transition>> { return no; },
      [=](const list_lines&) -> outcome<std::vector<model::transition>> { return no; },
      [=](const ensure_user&) -> outcome<user_id> { return no; },
      [=](const insert_key&) -> outcome<model::done> { return no; },
      [=](const find_key&) -> outcome<model::api_key> { return no; },
      [=](const list_keys&) -> outcome<std::vector<model::api_key>> { return no; },
      [=](const revoke_key&) -> outcome<model::done> { return no; },
      [=](const touch_keys&) -> outcome<model::done> { return no; },
      [=](const claim_idempotency&) -> outcome<idempotency_claim> { return no; },
      [=](const store_idempotent_answer&) -> outcome<model::done> { return no; },
      [=](const release_idempotency&) -> outcome<model::done> { return no; },
      [=](const insert_magic_link&) -> outcome<model::done> { return no; },
      [=](const find_magic_link&) -> outcome<model::done> { return no; },
      [=](const spend_magic_link&) -> outcome<model::api_key> { return no; },
      [=](const put_registry_login&) -> outcome<model::registry_login> { return no; },
      [=](const delete_registry_login&) -> outcome<model::done> { return no; },
      [=](const database_status&) -> outcome<std::uint64_t> {
        if (all->database_down) return no;
        return std::uint64_t{250};
      },
      [=](const describe&) { return card("database", "database"); },
  };
}

// Lets "operator-key" and "tenant-key" in.
inline identity_actor::behavior_type fake_identity(identity_actor::pointer, company_ptr all) {
  return {
      [=](const authenticate& what) -> outcome<model::caller> {
        if (what.presented == "operator-key") return model::caller{user_id{"usr_op"}, "op", {model::scope::admin}};
        if (what.presented == "tenant-key") return model::caller{user_id{"usr_t"}, "t", model::scope_set::user()};
        if (all->identity_problem) return *all->identity_problem;
        return model::problem{model::consequence::rejected, "no", {}, 0};
      },
      [](const create_key&) -> outcome<created_key> { return down; },
      [](const issue_magic_link&) -> outcome<issued_magic_link> { return down; },
      [](const redeem_magic_link&) -> outcome<created_key> { return down; },
      [](const revoke_key&) -> outcome<model::done> { return down; },
      [](const describe&) { return card("identity", "identity"); },
  };
}

}  // namespace troupe::http::admin::test
