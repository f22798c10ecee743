#include "actors/desk/keys.hpp"

#include "actors/desk/admission.hpp"
#include "actors/desk/find.hpp"

namespace troupe::desk {

namespace {

refusal unknown_environments(const std::vector<model::environment_id>& unknown) {
  std::string ids;
  for (const auto& id : unknown) (ids += ids.empty() ? "" : ", ") += id.text;
  return {cause::rejected,
          "The user of this key has no environment " + ids + ". A key is limited to environments of its own user."};
}

// Looks for each of `left`, one after the other, and tells which are none of the user's.
void find_unknown(const task& t, std::vector<model::environment_id> left, std::vector<model::environment_id> unknown,
                  std::function<void(std::vector<model::environment_id>)> then, std::function<void(refusal)> fail) {
  if (left.empty()) return then(std::move(unknown));
  const auto id = left.back();
  left.pop_back();
  const auto go_on = [t, left, then, fail](std::vector<model::environment_id> so_far) {
    find_unknown(t, left, std::move(so_far), then, fail);
  };
  find_own(
      t.self, t.parts(), t.of->who, subject::environment{id},
      [go_on, unknown](const actors::environment_view_ptr&) { go_on(unknown); },
      [go_on, unknown, id, fail](refusal why) mutable {
        if (why.why != cause::not_found) return fail(std::move(why));
        unknown.insert(unknown.begin(), id);
        go_on(std::move(unknown));
      });
}

std::optional<refusal> find_revoking_fault(const model::caller& who, const model::api_key& key) {
  if (key.key_id == who.key_id) return std::nullopt;
  if (!who.scopes.has(model::scope::keys_write))
    return refusal{cause::forbidden,
                   "This key can revoke itself alone: to revoke another it needs the scope KEYS_WRITE."};
  if (who.covers(key)) return std::nullopt;
  return refusal{cause::forbidden,
                 "That key has scopes or environments which this one lacks: revoke it with itself, with one that has "
                 "them, or have the operator do it."};
}

}  // namespace

void perform(const task& t, const list_keys&, answer_to<std::vector<model::api_key>> then) {
  const auto& parts = t.parts();
  pass_on(t, parts.database, parts.database_timeout, actors::list_keys{t.of->who.user}, std::move(then));
}

void perform(const task& t, const create_key& what, answer_to<actors::created_key> then) {
  const auto& parts = t.parts();
  find_unknown(
      t, what.environments, {},
      [t, &parts, what, then](const std::vector<model::environment_id>& unknown) {
        if (!unknown.empty()) return then(unknown_environments(unknown));
        pass_on(t, parts.identity, parts.identity_timeout,
                actors::create_key{t.of->who.user, what.name, what.scopes, what.lifetime, what.environments}, then);
      },
      then);
}

void perform(const task& t, const issue_magic_link& what, answer_to<actors::issued_magic_link> then) {
  const auto& parts = t.parts();
  const auto& who = t.of->who;
  if (!who.scopes.covers(what.scopes)) return then(refusal{cause::forbidden, "Nobody gives more than they have."});
  ask(t.self, parts.identity, parts.identity_timeout,
      actors::issue_magic_link{who.user, what.name, what.scopes, what.key_lifetime, who.environments, what.replaces},
      then, [then](refusal why) {
        if (why.why != cause::not_found) return then(std::move(why));
        then(refusal{cause::conflict,
                     "That link was replaced, used or has expired; a key that was made with it stays until it is "
                     "revoked."});
      });
}

void perform(const task& t, const revoke_key& what, answer_to<model::done> then) {
  const auto& parts = t.parts();
  if (auto fault = find_revoking_fault(t.of->who, *t.of->key)) return then(std::move(*fault));
  pass_on(t, parts.identity, parts.identity_timeout, actors::revoke_key{t.of->who.user, what.key_id}, std::move(then));
}

}  // namespace troupe::desk
