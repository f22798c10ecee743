#include <sstream>

#include "persistence/array_literal.hpp"
#include "persistence/queries.hpp"
#include "persistence/session.hpp"

namespace troupe::persistence::queries {

using model::consequence;
using model::problem;

namespace {

std::vector<actors::telegram_update> updates_of(const pqxx::result& rows) {
  std::vector<actors::telegram_update> out;
  for (const auto& row : rows) out.push_back({row[0].as<std::int64_t>(), row[1].as<std::int64_t>(), row[2].c_str()});
  return out;
}

std::vector<std::int64_t> ids_of(const std::string& text) {
  std::vector<std::int64_t> out;
  std::istringstream in(text);
  for (std::string one; std::getline(in, one, ',');) out.push_back(std::stoll(one));
  return out;
}

// By what they have, or else by the invitation that they came with.
bool is_let_in(tx& t, const actors::ensure_telegram_account& q) {
  const auto id = std::to_string(q.telegram_id);
  if (q.anyone || run(t, statements::is_let_in, {id}).at(0)[0].as<bool>()) return true;
  if (q.invite_hash.empty()) return false;
  const auto invite = run(t, statements::good_invite, {q.invite_hash});
  return !invite.empty() && run(t, statements::use_invite, {invite[0][0].c_str(), id}).affected_rows() == 1;
}

}  // namespace

outcome<actors::telegram_account> answer(tx& t, const actors::ensure_telegram_account& q) {
  if (!is_let_in(t, q)) return problem{consequence::not_found, "this person is not let in", {}, 0};
  const auto id = std::to_string(q.telegram_id), name = "telegram:" + id;
  run(t, statements::insert_user, {q.fresh.text, name});
  run(t, statements::ensure_telegram_account, {id, name});
  const auto row = run(t, statements::telegram_account_of, {id}).at(0);
  return actors::telegram_account{{row[0].c_str()}, row[1].as<bool>()};
}

outcome<done> answer(tx& t, const actors::insert_telegram_invite& q) {
  run(t, statements::insert_invite, {q.id, q.token_hash, std::to_string(q.uses), std::to_string(q.lifetime.count())});
  return done{};
}

outcome<std::vector<actors::telegram_invite>> answer(tx& t, const actors::list_telegram_invites&) {
  const auto moment = [](const pqxx::field& field) {
    return model::timestamp{std::chrono::microseconds{field.as<std::int64_t>()}};
  };
  std::vector<actors::telegram_invite> out;
  for (const auto& row : run(t, statements::invites))
    out.push_back({row[0].c_str(), row[1].as<std::uint32_t>(), ids_of(row[5].c_str()), moment(row[2]), moment(row[3]),
                   row[4].as<bool>()});
  return out;
}

outcome<done> answer(tx& t, const actors::revoke_telegram_invite& q) {
  if (run(t, statements::revoke_invite, {q.id}).affected_rows() == 0)
    return problem{consequence::not_found, "there is no such invitation", {}, 0};
  return done{};
}

outcome<done> answer(tx& t, const actors::set_telegram_notify& q) {
  run(t, statements::set_telegram_notify, {q.user.text, q.wanted ? "true" : "false"});
  return done{};
}

outcome<done> answer(tx& t, const actors::block_telegram_chat& q) {
  run(t, statements::block_telegram_chat, {std::to_string(q.chat)});
  return done{};
}

outcome<std::optional<std::int64_t>> answer(tx& t, const actors::find_telegram_chat& q) {
  const auto rows = run(t, statements::telegram_chat_of, {q.user.text, q.whatever_they_want ? "true" : "false"});
  if (rows.empty()) return std::optional<std::int64_t>{};
  return std::optional<std::int64_t>{rows.front()[0].as<std::int64_t>()};
}

outcome<std::vector<actors::telegram_update>> answer(tx& t, const actors::accept_telegram_updates& q) {
  array_literal ids, chats, bodies;
  for (const auto& one : q.updates) {
    ids.add(one.id);
    chats.add(one.chat);
    bodies.add(one.body);
  }
  run(t, statements::sweep_telegram_updates);
  run(t, statements::keep_telegram_updates, {ids.text(), chats.text(), bodies.text()});
  return updates_of(run(t, statements::unhandled_telegram_updates, {ids.text()}));
}

outcome<std::vector<actors::telegram_update>> answer(tx& t, const actors::load_telegram_updates& q) {
  return updates_of(run(t, statements::waiting_telegram_updates, {std::to_string(q.limit)}));
}

outcome<done> answer(tx& t, const actors::finish_telegram_updates& q) {
  array_literal ids;
  for (const auto id : q.ids) ids.add(id);
  run(t, statements::finish_telegram_updates, {ids.text()});
  return done{};
}

outcome<std::vector<actors::deployment_notice>> answer(tx& t, const actors::collect_deployment_notices& q) {
  parameter touched;
  if (!q.all) {
    array_literal ids;
    for (const auto& id : q.touched) ids.add(id.text);
    touched = ids.text();
  }
  run(t, statements::heal_notices);
  run(t, statements::new_notices, {touched});
  std::vector<actors::deployment_notice> out;
  for (const auto& row : run(t, statements::untold_notices))
    out.push_back(
        {row[0].as<std::int64_t>(), {row[1].c_str()}, actors::notice_kind_texts.parse(row[2].c_str()).value()});
  return out;
}

outcome<done> answer(tx& t, const actors::tell_deployment_notices& q) {
  array_literal ids, kinds;
  for (const auto& one : q.told) {
    ids.add(one.deployment.text);
    kinds.add(actors::notice_kind_texts[one.kind]);
  }
  run(t, statements::tell_notices, {ids.text(), kinds.text()});
  return done{};
}

}  // namespace troupe::persistence::queries
