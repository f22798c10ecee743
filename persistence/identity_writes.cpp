#include "actors/codec/timestamp_text.hpp"
#include "config/failpoint.hpp"
#include "persistence/array_literal.hpp"
#include "persistence/queries.hpp"
#include "persistence/rows.hpp"

namespace troupe::persistence::queries {

using model::consequence;
using model::problem;

namespace {

std::string list_of(const model::scope_set& scopes) {
  array_literal out;
  for (const auto scope : scopes.texts()) out.add(scope);
  return out.text();
}
std::string list_of(const std::vector<model::environment_id>& environments) {
  array_literal out;
  for (const auto& id : environments) out.add(id.text);
  return out.text();
}

problem no_such_link() {
  return {consequence::not_found, "there is no such link", {}, 0};
}

}  // namespace

outcome<model::user_id> answer(tx& t, const actors::ensure_user& q) {
  run(t, statements::insert_user, {q.id.text, q.name});
  return model::user_id{run(t, statements::user_by_name, {q.name}).at(0)[0].c_str()};
}

outcome<done> answer(tx& t, const actors::insert_key& q) {
  const auto moment = [](const std::optional<model::timestamp>& at) {
    return at ? parameter(codec::timestamp_text(*at)) : std::nullopt;
  };
  const auto inserted = run(t, statements::insert_key,
                            {q.key.key_id, q.key.owner.text, q.key.name, list_of(q.key.scopes), q.key.secret_hash,
                             moment(q.key.created_at), moment(q.key.expires_at), list_of(q.key.environments)});
  if (inserted.affected_rows() == 1) return done{};
  const auto stored = api_key_of(run(t, statements::key_by_id, {q.key.key_id}).at(0));
  if (stored.owner == q.key.owner && stored.secret_hash == q.key.secret_hash) return done{};
  return problem{consequence::conflict, "a key of this id exists", {}, 0};
}

outcome<done> answer(tx& t, const actors::revoke_key& q) {
  if (run(t, statements::revoke_key, {q.key_id, q.owner.text}).affected_rows() == 0)
    return problem{consequence::not_found, "there is no such key", {}, 0};
  return done{};
}

outcome<done> answer(tx& t, const actors::touch_keys& q) {
  array_literal ids, moments;
  for (const auto& [id, at] : q.last_used) {
    ids.add(id);
    moments.add(codec::timestamp_text(at));
  }
  run(t, statements::touch_keys, {ids.text(), moments.text()});
  return done{};
}

outcome<done> answer(tx& t, const actors::insert_magic_link& q) {
  const auto& key = q.key;
  // Where our own is there already, an earlier try was committed.
  if (!key.replaces.empty() && run(t, statements::link_by_hash, {q.token_hash}).empty() &&
      run(t, statements::void_link, {key.replaces, key.owner.text}).affected_rows() == 0)
    return no_such_link();
  run(t, statements::insert_link,
      {q.token_hash, key.owner.text, key.name, list_of(key.scopes),
       key.key_lifetime ? parameter(std::to_string(key.key_lifetime->count())) : std::nullopt,
       list_of(key.environments), std::to_string(q.lifetime.count())});
  return done{};
}

outcome<done> answer(tx& t, const actors::find_magic_link& q) {
  if (run(t, statements::spendable_link, {q.token_hash}).empty()) return no_such_link();
  return done{};
}

outcome<model::api_key> answer(tx& t, const actors::spend_magic_link& q) {
  if (run(t, statements::use_link, {q.token_hash}).empty()) {
    // Or by us, in a commit whose fate was unknown: nobody else knows a key of this id and hash.
    const auto stored = run(t, statements::key_by_id, {q.key_id});
    if (stored.empty()) return no_such_link();
    auto key = api_key_of(stored.front());
    if (key.secret_hash != q.secret_hash) return no_such_link();
    return key;
  }
  config::failpoint("link.used");
  auto key = api_key_of(run(t, statements::insert_key_of_link, {q.token_hash, q.key_id, q.secret_hash}).at(0));
  config::failpoint("link.key_inserted");
  return key;
}

outcome<actors::idempotency_claim> answer(tx& t, const actors::claim_idempotency& q) {
  const auto claimed = run(t, statements::claim_key, {q.owner.text, q.key, q.fingerprint, q.planned});
  const auto row = run(t, statements::claimed_key, {q.owner.text, q.key}).at(0);
  actors::idempotency_claim out{false, row[0].c_str(), row[1].c_str(), row[2].as<int>(), row[3].c_str()};
  // Planned ids are drawn anew for each claim: finding our own means that an earlier try of this very claim was
  // committed.
  out.fresh = claimed.affected_rows() == 1 || (out.status == 0 && out.planned == q.planned);
  return out;
}

outcome<done> answer(tx& t, const actors::store_idempotent_answer& q) {
  run(t, statements::store_answer, {q.owner.text, q.key, std::to_string(q.status), q.body});
  return done{};
}

outcome<done> answer(tx& t, const actors::release_idempotency& q) {
  run(t, statements::release_claim, {q.owner.text, q.key});
  return done{};
}

outcome<done> sweep_idempotent_answers(tx& t) {
  run(t, statements::sweep_answers);
  return done{};
}

}  // namespace troupe::persistence::queries
