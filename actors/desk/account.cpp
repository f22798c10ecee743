#include "actors/desk/account.hpp"

#include "actors/desk/admission.hpp"

namespace troupe::desk {

void perform(const task& t, const get_account&, answer_to<account> then) {
  const auto& parts = t.parts();
  const auto& who = t.of->who;
  account out{who.user, who.key_id, {}, who.scopes, who.environments, t.at->look_at_quota(t.self, who)};
  if (who.key_id.empty()) return then(std::move(out));
  ask(
      t.self, parts.database, parts.database_timeout, actors::find_key{who.key_id},
      [then, out](const model::api_key& key) {
        auto whole = out;
        whole.key_name = key.name;
        then(std::move(whole));
      },
      then);
}

}  // namespace troupe::desk
