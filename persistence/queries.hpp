// Each message that asks PostgreSQL, as one function: what it answers to is told in actors/messages.hpp. They throw
// what libpqxx throws, and nul_in_text.
#pragma once

#include <pqxx/pqxx>

#include "actors/messages.hpp"
#include "persistence/keyring.hpp"

namespace troupe::persistence::queries {

using tx = pqxx::transaction_base;
using model::done;
using model::outcome;

outcome<actors::living_rows> answer(tx& t, const opener& open, const actors::load_living& q);
outcome<actors::living_rows> answer(tx& t, const opener& open, const actors::load_environment& q);
outcome<actors::stored_deployment> answer(tx& t, const opener& open, const actors::find_deployment& q);
outcome<std::vector<actors::stored_deployment>> answer(tx& t, const opener& open, const actors::list_deployments& q);
outcome<std::vector<actors::stored_deployment>> answer(tx& t, const opener& open,
                                                       const actors::list_own_deployments& q);
outcome<std::vector<actors::stored_deployment>> answer(tx& t, const opener& open, const actors::list_ended_services& q);
outcome<std::vector<actors::stored_deployment>> answer(tx& t, const opener& open,
                                                       const actors::list_recent_deployments& q);
outcome<std::vector<model::environment>> answer(tx& t, const actors::list_environments& q);
outcome<actors::stored_deployment> answer(tx& t, const opener& open, const actors::find_predecessor& q);
outcome<std::vector<model::transition>> answer(tx& t, const actors::list_transitions& q);
outcome<std::vector<model::transition>> answer(tx& t, const actors::list_lines& q);
outcome<model::api_key> answer(tx& t, const actors::find_key& q);
outcome<std::vector<model::api_key>> answer(tx& t, const actors::list_keys& q);
outcome<done> answer(tx& t, const actors::find_magic_link& q);
outcome<std::uint64_t> answer(tx& t, const actors::database_status& q);

// Writes outside the tree of deployments. Each may be repeated after a commit whose fate is unknown.
outcome<model::user_id> answer(tx& t, const actors::ensure_user& q);
outcome<done> answer(tx& t, const actors::insert_key& q);
outcome<done> answer(tx& t, const actors::revoke_key& q);
outcome<done> answer(tx& t, const actors::touch_keys& q);
outcome<done> answer(tx& t, const actors::insert_magic_link& q);
outcome<model::api_key> answer(tx& t, const actors::spend_magic_link& q);
outcome<actors::idempotency_claim> answer(tx& t, const actors::claim_idempotency& q);
outcome<done> answer(tx& t, const actors::store_idempotent_answer& q);
outcome<done> answer(tx& t, const actors::release_idempotency& q);
outcome<done> sweep_idempotent_answers(tx& t);

outcome<actors::telegram_account> answer(tx& t, const actors::ensure_telegram_account& q);
outcome<done> answer(tx& t, const actors::insert_telegram_invite& q);
outcome<std::vector<actors::telegram_invite>> answer(tx& t, const actors::list_telegram_invites& q);
outcome<done> answer(tx& t, const actors::revoke_telegram_invite& q);
outcome<done> answer(tx& t, const actors::set_telegram_notify& q);
outcome<done> answer(tx& t, const actors::block_telegram_chat& q);
outcome<std::optional<std::int64_t>> answer(tx& t, const actors::find_telegram_chat& q);
outcome<std::vector<model::site>> answer(tx& t, const actors::load_sites& q);
outcome<done> answer(tx& t, const actors::save_sites& q);
outcome<std::vector<actors::telegram_update>> answer(tx& t, const actors::accept_telegram_updates& q);
outcome<std::vector<actors::telegram_update>> answer(tx& t, const actors::load_telegram_updates& q);
outcome<done> answer(tx& t, const actors::finish_telegram_updates& q);
outcome<std::vector<actors::deployment_notice>> answer(tx& t, const actors::collect_deployment_notices& q);
outcome<done> answer(tx& t, const actors::tell_deployment_notices& q);

}  // namespace troupe::persistence::queries
