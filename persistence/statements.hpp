// All SQL of the running program, by name. Parameters are text, cast where they are used; lists are array literals.
// The schema is in migrations/.
#pragma once

#include <vector>

namespace troupe::persistence {

// One that exists is prepared by each session.
struct statement {
  statement(const char* its_name, const char* text);
  statement(const statement&) = delete;
  statement& operator=(const statement&) = delete;

  const char* name;
  const char* sql;
};

namespace statements {

// Sessions and the claim.
extern const statement configure_session;  // statement timeout in ms
extern const statement try_lock;           // advisory key
extern const statement wait_for_lock;      // advisory key
extern const statement end_backend;        // process id, its start
extern const statement this_backend;
extern const statement take_next_epoch;
extern const statement read_epoch;  // holds the epoch until the transaction ends

// Saving. `snapshot` is what a batch is judged by; it holds the epoch too.
extern const statement snapshot;
extern const statement write_environments;
extern const statement write_deployments;
extern const statement write_transitions;
extern const statement write_operations;
extern const statement cut_dependencies;    // of these services: environments, their names
extern const statement write_dependencies;  // environments, services, awaited ones, conditions, whether required
extern const statement drop_dependencies;   // of services that went with these deployments
extern const statement cut_containers;
extern const statement write_containers;
extern const statement write_leases;
extern const statement write_holders;
extern const statement release_deployments;  // whose leases go
extern const statement drop_unheld_leases;   // ports, protocols

// Reading.
extern const statement environments_by_id;
extern const statement deployments_by_id;
extern const statement living_environments;  // after id, limit
extern const statement living_deployments;   // after id, limit
extern const statement living_environment;
extern const statement living_deployments_of;
extern const statement deployment_by_id;
extern const statement deployment_by_job;
extern const statement deployments_of_environment;
extern const statement deployments_of_service;
extern const statement deployments_of_owner;
extern const statement ended_services;
extern const statement recent_deployments;
extern const statement environments_of_owner;
extern const statement predecessor;
extern const statement operation_by_id;            // id, owner or ''
extern const statement operations_of_environment;  // environment, owner, before, limit
extern const statement operations_under_way;       // environment or ''
extern const statement dependencies_of;            // environment
extern const statement transitions_of;
extern const statement newest_transitions_of;
extern const statement ping;

// Identity and idempotency.
extern const statement insert_user;
extern const statement user_by_name;
extern const statement registry_logins;        // of all users
extern const statement other_registry_logins;  // how many: owner, all but this registry
extern const statement put_registry_login;     // owner, registry, sealed
extern const statement delete_registry_login;  // owner, registry
extern const statement insert_key;
extern const statement key_by_id;
extern const statement keys_of;
extern const statement revoke_key;
extern const statement touch_keys;
extern const statement insert_link;
extern const statement link_by_hash;
extern const statement void_link;
extern const statement spendable_link;
extern const statement use_link;            // token's hash; at most one row
extern const statement insert_key_of_link;  // token's hash, key's id and hash; gives the key
extern const statement claim_key;
extern const statement claimed_key;
extern const statement store_answer;
extern const statement release_claim;
extern const statement sweep_answers;

// The bot.
extern const statement ensure_telegram_account;
extern const statement telegram_account_of;
extern const statement is_let_in;
extern const statement good_invite;
extern const statement use_invite;
extern const statement insert_invite;
extern const statement invites;
extern const statement revoke_invite;
extern const statement set_telegram_notify;
extern const statement block_telegram_chat;
extern const statement telegram_chat_of;
extern const statement keep_telegram_updates;
extern const statement unhandled_telegram_updates;
extern const statement waiting_telegram_updates;
extern const statement finish_telegram_updates;
extern const statement sweep_telegram_updates;
extern const statement heal_notices;
extern const statement new_notices;
extern const statement untold_notices;
extern const statement tell_notices;

// Public domains.
extern const statement all_sites;
extern const statement write_site;
extern const statement delete_sites;

// What is over, and forgotten by and by: after which time and id; gives id, time and whether it is to go.
extern const statement releases_that_are_over;
extern const statement forget_containers;  // of these releases; the same for the next four
extern const statement forget_transitions;
extern const statement forget_notices;
extern const statement forget_references;
extern const statement forget_deployments;
extern const statement forget_operations;
extern const statement forget_dependencies;  // of services of which nothing is left
extern const statement forget_environments;
extern const statement forget_data_keys;  // of environments that are gone

// Sealed values.
extern const statement lock_data_keys;
extern const statement insert_data_key;
extern const statement rewrap_data_key;
extern const statement data_key_by_id;
extern const statement data_key_of;
extern const statement all_data_keys;
extern const statement data_key_of_another_master;  // than these ids; at most one
extern const statement unsealed_variables;          // after id, limit
extern const statement write_specs;

// What a session prepares; each one for good at its first use.
const std::vector<const statement*>& all();

}  // namespace statements
}  // namespace troupe::persistence
