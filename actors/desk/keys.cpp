#include "actors/desk/keys.hpp"

#include "actors/desk/admission.hpp"

namespace troupe::desk {

void perform(const task& t, const list_keys&, answer_to<std::vector<model::api_key>> then) {
  const auto& parts = t.parts();
  pass_on(t, parts.database, parts.database_timeout, actors::list_keys{t.of->who.user}, std::move(then));
}

void perform(const task& t, const create_key& what, answer_to<actors::created_key> then) {
  const auto& parts = t.parts();
  pass_on(t, parts.identity, parts.identity_timeout,
          actors::create_key{t.of->who.user, what.name, what.scopes, what.lifetime, what.environments},
          std::move(then));
}

void perform(const task& t, const issue_magic_link& what, answer_to<actors::issued_magic_link> then) {
  const auto& parts = t.parts();
  const auto& who = t.of->who;
  if (!who.scopes.covers(what.scopes)) return then(refusal{cause::forbidden, "Nobody gives more than they have."});
  pass_on(t, parts.identity, parts.identity_timeout,
          actors::issue_magic_link{who.user, what.name, what.scopes, what.key_lifetime, who.environments},
          std::move(then));
}

void perform(const task& t, const revoke_key& what, answer_to<model::done> then) {
  const auto& parts = t.parts();
  pass_on(t, parts.identity, parts.identity_timeout, actors::revoke_key{t.of->who.user, what.key_id}, std::move(then));
}

}  // namespace troupe::desk
