// A database actor that knows keys alone, and does as the test says.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "actors/interfaces.hpp"
#include "tests/support/stored_world.hpp"

namespace troupe::actors::test {

struct key_store {
  std::map<std::string, model::api_key> rows;
  bool down = false;    // answers "unavailable"
  bool silent = false;  // does not answer
  bool hold = false;    // find_key's answer, with the row as it is now, waits for a tick
  int finds = 0;
  int inserts = 0;
  support::stored_world links;                       // magic links; their keys are copied to rows
  timestamp now{std::chrono::hours(24 * 365 * 50)};  // the database's clock
  std::vector<touch_keys> touches;
  std::vector<std::pair<caf::typed_response_promise<outcome<model::api_key>>, outcome<model::api_key>>> held;

  outcome<model::api_key> find(const std::string& key_id) const {
    if (down) return model::problem{model::consequence::unavailable, "down", {}, 0};
    const auto row = rows.find(key_id);
    if (row == rows.end()) return model::problem{model::consequence::not_found, "none", {}, 0};
    return row->second;
  }
};
using key_store_ptr = std::shared_ptr<key_store>;

using key_keeper = database_actor::extend<caf::reacts_to<caf::tick_atom>>;

inline key_keeper::behavior_type keep_keys(key_keeper::pointer self, key_store_ptr store) {
  const model::problem no{model::consequence::unavailable, "not in this test", {}, 0};
  return {
      [=](const save&) -> outcome<model::done> { return no; },
      [=](const load_living&) -> outcome<living_rows> { return no; },
      [=](const load_environment&) -> outcome<living_rows> { return no; },
      [=](const find_deployment&) -> outcome<stored_deployment> { return no; },
      [=](const list_deployments&) -> outcome<std::vector<stored_deployment>> { return no; },
      [=](const list_recent_deployments&) -> outcome<std::vector<stored_deployment>> { return no; },
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
      [=](const insert_key& what) -> outcome<model::done> {
        if (store->down) return no;
        ++store->inserts;
        store->rows[what.key.key_id] = what.key;
        return model::done{};
      },
      [=](const find_key& what) {
        ++store->finds;
        auto promise = self->make_response_promise<outcome<model::api_key>>();
        if (store->hold || store->silent)
          store->held.emplace_back(promise, store->find(what.key_id));
        else
          promise.deliver(store->find(what.key_id));
        return promise;
      },
      [=](const list_keys&) -> outcome<std::vector<model::api_key>> { return no; },
      [=](const revoke_key& what) -> outcome<model::done> {
        if (store->down) return no;
        const auto row = store->rows.find(what.key_id);
        if (row == store->rows.end() || (!what.owner.empty() && row->second.owner != what.owner))
          return model::problem{model::consequence::not_found, "none", {}, 0};
        row->second.revoked_at = timestamp{};
        return model::done{};
      },
      [=](const touch_keys& what) -> outcome<model::done> {
        if (store->down) return no;
        store->touches.push_back(what);
        return model::done{};
      },
      [=](const claim_idempotency&) -> outcome<idempotency_claim> { return no; },
      [=](const store_idempotent_answer&) -> outcome<model::done> { return no; },
      [=](const release_idempotency&) -> outcome<model::done> { return no; },
      [=](const insert_magic_link& what) -> outcome<model::done> {
        if (store->down) return no;
        return store->links.insert(what, store->now);
      },
      [=](const find_magic_link& what) -> outcome<model::done> {
        if (store->down) return no;
        return store->links.find(what, store->now);
      },
      [=](const spend_magic_link& what) -> outcome<model::api_key> {
        if (store->down) return no;
        auto made = store->links.spend(what, store->now);
        if (made) store->rows[what.key_id] = made.value();
        return made;
      },
      [=](const put_registry_login&) -> outcome<model::registry_login> { return no; },
      [=](const delete_registry_login&) -> outcome<model::done> { return no; },
      [=](const database_status&) -> outcome<std::uint64_t> { return no; },
      [=](const describe&) { return actor_card{}; },
      [=](caf::tick_atom) {
        for (auto& [promise, row] : std::exchange(store->held, {})) promise.deliver(std::move(row));
      },
  };
}

}  // namespace troupe::actors::test
