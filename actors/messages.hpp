// Every message between actors, by receiver. Commands are imperative, facts past, queries nouns. All of them are plain
// copyable structs and stay inside the process.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "actors/model/application.hpp"
#include "actors/model/application_conflicts.hpp"
#include "actors/model/application_plan.hpp"
#include "actors/model/deployment.hpp"
#include "actors/model/engine_reach.hpp"
#include "actors/model/environment.hpp"
#include "actors/model/identity.hpp"
#include "actors/model/image_prospect.hpp"
#include "actors/model/observation.hpp"
#include "actors/model/problem.hpp"
#include "actors/model/registry_login.hpp"
#include "actors/model/service_change.hpp"
#include "actors/model/site.hpp"

namespace troupe::actors {

using model::deployment_id;
using model::effect_error;
using model::engine_reach;
using model::environment_id;
using model::job_id;
using model::operation_id;
using model::outcome;
using model::site_id;
using model::timestamp;
using model::user_id;

// ---- database ------------------------------------------------------------------------------------------------------

struct save_environment {
  model::environment row;  // row.revision is the new one; 1 means insert
};

struct save_deployment {
  model::deployment row;  // row.revision is the new one; 1 means insert (and takes the leases of its host ports)
  std::string detail;     // the timeline's sentence
  std::optional<std::vector<model::task_observation>> containers;  // replaces what is stored; absent: untouched
  bool told = true;                                                // false: the timeline gets no line of it
  std::optional<model::verb> asked{};                              // as of its transition
  std::optional<model::ending> ended{};                            // likewise
};

// Of one writer: what is stored of a lower revision gives way.
struct save_application {
  model::application row;
  std::optional<model::dependencies> awaits{};  // replaces what is stored of these services; absent: untouched
};

// One transaction. Repeating it is harmless: a row that already has the new revision and content counts as saved.
// conflict: the name is taken (environment), a host port is leased to another environment (violations name the port),
// or the revision is stale. unavailable: not known to be saved; ask again with the same content.
struct save {
  std::vector<std::variant<save_environment, save_deployment, save_application>> changes;
};

// All that lives: environments not DELETED, deployments of these that are not final, and applications that are not
// over.
struct living_rows {
  std::vector<model::environment> environments;
  std::vector<model::deployment> deployments;
  std::vector<model::application> applications{};
};
struct load_living {};
// One environment and its deployments that are not final; what a restarted actor begins with. Another owner's is
// not_found, at the same price; an empty owner means any.
struct load_environment {
  environment_id id;
  user_id owner{};
  bool even_deleted = false;  // else it is not_found like what never was
};

// A deployment as stored, with the containers saved last.
struct stored_deployment {
  model::deployment row;
  std::vector<model::task_observation> containers;
};
struct find_deployment {
  std::variant<deployment_id, job_id> id;
  user_id owner{};  // likewise
};
// Newest first, of a living environment that `owner` owns, else not_found.
struct list_deployments {
  user_id owner;
  environment_id environment;
  std::optional<std::uint64_t> before_number;  // of the last one seen
  std::uint32_t limit = 50;
  std::string service{};                             // "": of all
  std::optional<model::deployment_status> status{};  // as the row has it
};
// Likewise of all living environments of `owner`.
struct list_own_deployments {
  user_id owner;
  std::optional<deployment_id> before;  // the last one seen
  std::uint32_t limit = 50;
  std::string service{};
  std::optional<model::deployment_status> status{};
  std::vector<environment_id> only{};  // to which the list is limited; empty: all
};
// The newest release of each service that has no living one and whose newest SUCCEEDED, FAILED or was CANCELLED, by the
// service's name (as bytes). Of a living environment; of another there is none.
struct list_ended_services {
  environment_id environment;
  std::string after{};  // the last name seen
  std::uint32_t limit = 50;
  bool done_jobs = false;  // of a job whose newest did not SUCCEED the last one that did, where there is one
};
// In order of creation; `after` is the id of the last one seen.
struct list_environments {
  user_id owner;
  std::optional<environment_id> after;
  std::uint32_t limit = 50;
  std::vector<environment_id> only{};  // to which the list is limited; empty: all
};
// The newest release of the same service that has run, is older than `number` and not REMOVED: what a rollback goes to.
struct find_predecessor {
  environment_id environment;
  std::string service;
  std::uint64_t number = 0;
};
// not_found where it is not this owner's; an empty owner means any.
struct find_application {
  operation_id id;
  user_id owner{};
};
// Newest first, of an environment of `owner`; of another there is none.
struct list_applications {
  user_id owner;
  environment_id environment;
  std::optional<operation_id> before{};  // the last one seen
  std::uint32_t limit = 50;
};
// Who awaits whom in the environment: what save_application stored last of each service. What is stored of a service
// goes with its last release.
struct list_dependencies {
  environment_id environment;
};
struct list_transitions {
  deployment_id deployment;
  std::uint64_t after_revision = 0;
};
// Of the timelines of several together: the newest lines from `since` on, in the order of their times.
struct list_lines {
  std::vector<deployment_id> deployments;
  model::timestamp since{};
  std::uint32_t limit = 0;
};

// Operators' view: the newest deployments of all users.
struct list_recent_deployments {
  std::uint32_t limit = 100;
  std::optional<model::deployment_status> status{};  // only those in it; absent: all
};

struct ensure_user {
  std::string name;  // unique handle: "operator", or "telegram:<id>"
  user_id id;        // used if there is none yet
};
struct insert_key {
  model::api_key key;
};
struct find_key {
  std::string key_id;
};
struct list_keys {
  user_id owner;
};
// not_found where it is not this owner's; revoking twice is fine. An empty owner means any (the operator's command).
struct revoke_key {
  user_id owner;
  std::string key_id;
};
struct touch_keys {
  std::vector<std::pair<std::string, timestamp>> last_used;
};

// Idempotency-Key: the claim is saved before anything is done, with the ids that the work will use, so that work
// repeated after a crash makes the same objects. `fresh` or not, `planned` is what to use.
struct claim_idempotency {
  user_id owner;
  std::string key;
  std::string fingerprint;  // SHA-256 of method, path and body, hex
  std::string planned;      // ids to use, as text
};
struct idempotency_claim {
  bool fresh = false;
  std::string fingerprint;
  std::string planned;
  int status = 0;  // 0: claimed, not yet answered
  std::string body;
};
struct store_idempotent_answer {
  user_id owner;
  std::string key;
  int status = 0;
  std::string body;
};

// Ends a claim that has no answer: the key is free again.
struct release_idempotency {
  user_id owner;
  std::string key;
};

// ---- telegram's rows
// -------------------------------------------------------------------------------------------------

// The account of a person on Telegram; made if there is none. Who writes to the bot has not blocked it (any more).
// Unless anyone is let in: not_found for who has no key that is good, was not invited before (or by an invitation that
// was revoked), and shows no invitation that is good (which is then used once more).
struct ensure_telegram_account {
  std::int64_t telegram_id = 0;  // also the id of the private chat
  user_id fresh;                 // used if there is none yet
  bool anyone = true;
  std::string invite_hash{};  // of the token that came with it; "": none
};
struct telegram_account {
  user_id user;
  bool notify = false;
};
struct set_telegram_notify {
  user_id user;
  bool wanted = false;
};
// Invitations: each lets so many people in, until it expires. Their rows; moments are the database's.
struct insert_telegram_invite {
  std::string id;
  std::string token_hash;
  std::uint32_t uses = 1;
  std::chrono::milliseconds lifetime{};
};
struct list_telegram_invites {};  // that can still be used, or were used
struct telegram_invite {
  std::string id;
  std::uint32_t uses = 0;
  std::vector<std::int64_t> used_by;  // ids of people on Telegram
  timestamp created_at{}, expires_at{};
  bool good = false;  // it lets one more in
};
struct revoke_telegram_invite {  // not_found where there is none; who came by it and has no key is out
  std::string id;
};
// Registry logins: by owner and registry. The book (actors/registry_book.hpp) has them once they are committed.
struct put_registry_login {  // conflict: the user has as many as there may be
  user_id owner;
  model::registry_login login;  // answered with the time at which it was saved
};
struct delete_registry_login {  // not_found where there is none
  user_id owner;
  std::string registry;
};
struct block_telegram_chat {  // the person blocked the bot: nothing is sent until they write again
  std::int64_t chat = 0;
};
// Where this user wants to be told of things; absent: nowhere.
struct find_telegram_chat {
  user_id user;
  bool whatever_they_want = false;  // of what concerns the account's safety
};

// An update as it came. It is kept from the moment of its acceptance until 48 h after it was handled (Telegram repeats
// what was not accepted for 24 h), so it is handled once however often it comes.
struct telegram_update {
  std::int64_t id = 0;
  std::int64_t chat = 0;
  std::string body;  // JSON
};
// Answered with those of them that are not handled yet, by id.
struct accept_telegram_updates {
  std::vector<telegram_update> updates;
};
struct load_telegram_updates {  // what was accepted and not handled, by id
  std::uint32_t limit = 1'000;
};
struct finish_telegram_updates {
  std::vector<std::int64_t> ids;
};

// What owners who want it are to be told of their deployments, each once; kept until it was told. `touched` are
// looked at for new ones, or all of the last hour. At least once: who stops between sending and
// tell_deployment_notices sends it again, since a lost FAILED would be worse than a repeated one.
enum class notice_kind { running, succeeded, failed, degraded };
inline constexpr model::enum_texts<notice_kind, 4> notice_kind_texts{{"RUNNING", "SUCCEEDED", "FAILED", "DEGRADED"}};
struct collect_deployment_notices {
  bool all = true;
  std::vector<deployment_id> touched;  // unless all
};
struct deployment_notice {
  std::int64_t chat = 0;
  deployment_id deployment;
  notice_kind kind{};
};
struct tell_deployment_notices {
  std::vector<deployment_notice> told;
};

// ---- public domains' rows
// --------------------------------------------------------------------------------------------------

struct load_sites {};  // all of them
// One transaction: first those that go, then the others (row.revision is the new one; 1 means insert). Repeating it is
// harmless. rejected: a name is somebody else's after all.
struct save_sites {
  std::vector<model::site> rows;
  std::vector<site_id> removed;
};

struct database_status {};  // outcome: the round trip in microseconds

// ---- magic links
// ---------------------------------------------------------------------------------------------------------

// A link that gives this user one key, once, within MAGIC_LINK_TTL. ADMIN is refused (rejected). Where it replaces
// another of this user's, that one is void from then on; not_found where it cannot be spent any more.
struct issue_magic_link {
  user_id owner;
  std::string name;  // the key's
  model::scope_set scopes;
  std::optional<std::chrono::seconds> key_lifetime;  // counted from the key's making
  std::vector<environment_id> environments{};        // to which the key is limited; empty: all of the owner's
  std::string replaces{};                            // issued_magic_link::reference of another; "": none
};
struct issued_magic_link {
  std::string token;        // goes into the link and is stored nowhere
  std::string reference{};  // names the link to its owner, and opens nothing
};

// Their rows. All moments are the database's. A link that is unknown, used or expired is not_found.
struct insert_magic_link {
  std::string token_hash;
  issue_magic_link key;
  std::chrono::milliseconds lifetime{};  // the link's
};
struct find_magic_link {
  std::string token_hash;
};
// Uses the link up and inserts its key, in one transaction; answers with the key's row. May be repeated: the key of
// this id and hash is the link's own.
struct spend_magic_link {
  std::string token_hash;
  std::string key_id;
  std::string secret_hash;
};

// ---- engine --------------------------------------------------------------------------------------------------------

// Pulls (or finds) the image and works out how to run it hardened. Progress goes to `progress`, if set: 0-100.
struct resolve_image {
  model::release_spec spec;
  std::function<void(int percent)> progress;
  user_id owner{};  // whose share of the pulls it is, and with whose logins; empty: the house's own
  // By name and digest ("ghcr.io/acme/app@sha256:…"): what this service was given before. Where that is on this
  // machine, its registry need not be asked again whether it may be had.
  std::vector<std::string> held{};
};
// What resolve_image would find now, with nothing pulled or made. retry with TIMED_OUT: not known in time.
struct look_up_image {
  model::image_reference image;
  model::pull_policy pull{};
  user_id owner{};                  // as of resolve_image
  std::vector<std::string> held{};  // likewise
  model::duration patience{10'000};
};
// Of all nodes, also those that take no container now: a release may wait for them.
struct list_nodes {
  user_id owner{};  // whose share of the lookups it is
};
// Whether the registry takes it. rejected: it does not; retry: it does not answer.
struct check_registry_login {
  user_id owner;
  model::registry_login login;
};
struct ensure_network {
  environment_id environment;
};
struct network_ready {
  std::string network_id;
};
struct remove_network {
  environment_id environment;
};
struct ensure_volumes {
  environment_id environment;
  std::vector<std::string> names;
};
struct volumes_ready {
  std::vector<std::string> created;  // those which were not there before
};
// All of the environment's; done when none is left.
struct remove_volumes {
  environment_id environment;
};
// Makes the Swarm service as planned (create, update, or nothing), and says what its tasks do.
struct converge_service {
  model::service_plan plan;
  bool confirm = false;  // asks the containers themselves, since Swarm may tell an end late
  user_id owner{};       // with whose logins its nodes pull
};
// Done when service, tasks, containers and scratch volumes are gone.
struct remove_service {
  environment_id environment;
  std::string service;
};

// All that Docker has of the environment's volumes, by name; as those that make and remove volumes find them.
struct list_volumes {
  environment_id environment;
};
struct engine_volume {
  std::string name;  // the tenant's
  std::optional<timestamp> since{};
  std::optional<std::uint64_t> bytes{};  // absent: not measured yet, or Docker cannot tell
  std::optional<timestamp> measured{};   // when `bytes` was so; it is measured in the background
};
// With its data, for good. conflict: a container uses it. not_found: there is none of that name.
struct remove_volume {
  environment_id environment;
  std::string name;
};

struct log_line {
  timestamp at{};
  bool is_stderr = false;
  std::string container;  // "service.slot"
  std::string message;
  deployment_id deployment{};  // the release that wrote it
  std::uint64_t number = 0;    // its place among the kept lines of its service, rising; 0: not a kept line
  bool gap = false;            // nothing a container wrote: lines are missing here, and `message` says why
};
// Kept lines of a service, whether its containers still are or not. Neither `before` nor `after`: the newest ones.
struct read_logs {
  environment_id environment;
  std::string service;
  deployment_id deployment;  // only this release's lines; empty: those of all releases of the service
  std::uint32_t tail = 100;  // lines at most
  std::optional<timestamp> since;
  bool keep_escapes = false;         // a terminal's escape sequences, such as colours, which are left out otherwise
  std::optional<timestamp> until{};  // both included
  std::string contains{};            // only lines with this text in their message; "": all
  std::optional<std::uint64_t> before{};  // a line's number: the newest of the lines in front of it
  std::optional<std::uint64_t> after{};   // likewise: the oldest of the lines behind it
};
struct log_page {
  std::vector<log_line> lines;  // by time
  bool more = false;            // there are further ones: older ones, or with `after` newer ones
};
// Called on the engine's thread; returning false ends the stream. The stream ends with `ended`, whatever the cause.
struct log_sink {
  std::function<bool(const log_line&)> line;
  std::function<void()> ended;
};
struct follow_logs {
  read_logs what;
  std::shared_ptr<log_sink> sink;
  user_id reader{};  // whose share of the connections it takes; empty: the house's own
};

struct engine_status {};
struct engine_info {
  std::string version;  // "20.10.24", or "simulated"
  std::string api_version;
  bool simulated = false;
  std::uint64_t latency_us = 0;
};

// What a listing of the Engine showed; `fingerprint` changes whenever anything of the service or its tasks does.
struct listed_service {
  environment_id environment;
  std::string service;
  std::uint64_t fingerprint = 0;
  deployment_id maker;  // the release that it is of, by its label
};
struct engine_listing {
  std::vector<listed_service> services;
  std::vector<environment_id> networks;
  std::vector<environment_id> volumes;  // with one that nobody mounts; may stand here more than once
};

// ---- the edge's container, by way of the engine
// ------------------------------------------------------------------------------

struct inspect_edge {};
struct edge_container {
  bool running = false;  // false also where there is none
  std::string id;
  std::string started_at;             // as Docker writes it: another text is another start
  std::set<environment_id> networks;  // of environments that it is attached to
};
struct attach_edge {  // to the environment's network
  environment_id environment;
};
struct detach_edge {
  environment_id environment;
};
// Files for a directory of the container, each replaced whole, under their names.
struct upload_to_edge {
  std::string directory;
  std::uint32_t owner = 0;                                 // user and group id
  std::vector<std::pair<std::string, std::string>> files;  // name, content
};
// A program in the container, by its argument list; no shell. The engine waits for its end, `patience` at most.
struct run_in_edge {
  std::vector<std::string> command;
  model::duration patience{30'000};
};
struct edge_output {
  int exit_code = 0;
  std::string output;  // what it wrote to its standard output, 4 MiB at most
};

// ---- observers of the engine (the orchestrator)
// ----------------------------------------------------------------------

// An event came in: look again. Never proof of anything.
struct service_touched {
  environment_id environment;
  std::string service;
};
struct environment_touched {
  environment_id environment;
};
// The edge's container was started, stopped, made anew or removed; also told after each gap of the event stream and
// with each listing.
struct edge_touched {};
// The truth, listed every so often and after each gap of the event stream.
struct engine_listed {
  std::shared_ptr<const engine_listing> listing;
};

// ---- orchestrator --------------------------------------------------------------------------------------------------

// Load what lives and start it; answered once all of it is on the board. Before that requests are `unavailable`.
struct open_house {};

struct create_environment {
  user_id owner;
  environment_id id;  // new, or the one that an idempotency claim planned
  std::string name;
};
struct delete_environment {
  user_id owner;
  environment_id id;
};
struct create_deployment {
  user_id owner;
  environment_id environment;
  deployment_id id;  // new or planned, likewise
  job_id job;
  model::release_spec spec;
  std::optional<deployment_id> rollback_of;
  model::intent wanted = model::intent::run;  // stop: it comes without containers
};
// A new deployment of `to`'s (default: the predecessor's) image and configuration.
struct rollback_deployment {
  user_id owner;
  deployment_id deployment;
  std::optional<deployment_id> to;
  deployment_id id;
  job_id job;
  bool restores = false;  // by an application: `to` comes back as it stood, STOPPED where it was, also where it has
                          // been removed
  bool stopped = false;   // where it has been removed: when it was STOPPED
};

// The next release of a service, made from the spec of the one on which changes build: the newest that stands
// (model::stands), or, where none does, the newest at all, if it SUCCEEDED, FAILED or was CANCELLED. outdated: it does
// not bear `if_number`. conflict: there is none. Else whatever `change` answers, which is called on the environment's
// thread.
struct change_service {
  user_id owner;
  environment_id environment;
  std::string service;
  std::optional<std::uint64_t> if_number;
  deployment_id id;  // new or planned, as of create_deployment
  job_id job;
  model::spec_change change;
};

// Makes the environment as wanted: works out the steps from what stands, saves them with their releases in one
// transaction, and is answered then. conflict: another application is under way, the environment is no more as it was
// when it was planned (`world`), or volumes or host ports are another's.
struct apply_application {
  user_id owner;
  environment_id environment;
  operation_id id;  // new, or planned
  std::vector<model::wanted_service> wanted;
  bool prune = false;  // services that are not wanted go
  model::failure_policy on_failure{};
  std::string world{};  // model::application_plan::world of the plan that was shown; "": whatever it is
};
// What it has changed goes back. conflict: it is over.
struct cancel_application {
  user_id owner;
  environment_id environment;
  operation_id id;
};
// By the application's actor, to its environment: it is saved so.
struct application_saved {
  std::shared_ptr<const model::application> row;
};

struct command_deployment {
  user_id owner;
  deployment_id deployment;
  model::command command{};
};
// With its data, for good; answered once it is gone. conflict: a living release mounts it (who, is said).
struct delete_volume {
  user_id owner;
  environment_id environment;
  std::string name;
};

// ---- the edge
// ------------------------------------------------------------------------------------------------------------

// What is asked of a domain beside its name.
struct site_wishes {
  std::vector<model::site_path> paths;
  model::site_settings settings;
};
// The domain becomes one of the environment's; answered once the claim is saved. Again with the same name it only
// changes what is asked of it. conflict: the name is another tenant's or the platform's, the environment has as many
// as it may, or it is not clear which service is meant.
struct publish_site {
  user_id owner;
  environment_id environment;
  std::string domain;                 // canonical
  std::string service;                // "": the only one with a port
  std::uint16_t port = 0;             // 0: the service's only one
  bool alone = false;                 // it takes the place of all others of the environment
  std::optional<site_wishes> wishes;  // absent: as they were, or the defaults
};
// Done once the name is free and nothing of it hangs on the edge any more; also where there was none.
struct release_site {
  environment_id environment;
  std::string domain;  // canonical; "": all of the environment's
};
// Told to the orchestrator, for the environment's view: the board has newer views of its sites, or fewer.
struct site_changed {
  environment_id environment;
};
struct edge_status {};
struct edge_condition {
  bool works = false;                        // the container runs and does what it is told
  std::string detail;                        // why it does not
  std::map<std::string, std::size_t> sites;  // by status
  std::vector<std::string> at_risk;  // domains whose certificate has less than 21 days left and cannot be renewed
  std::optional<model::timestamp> first_expiry;
};

// ---- the bot
// -----------------------------------------------------------------------------------------------------------

// An update that Telegram posted; done once it is safely ours. rejected: not an update; unavailable: to be sent again.
struct receive_telegram_update {
  std::string body;
};
// A public domain's certificate cannot be renewed; its owner is told, if they want to be. Sent by whoever renews.
struct certificate_at_risk {
  user_id owner;
  std::string domain;
  std::string reason;  // one sentence, fit for a tenant
};
// A link was spent: its owner is told which key it gave, whatever else they want to be told.
struct key_made {
  model::api_key key;  // without its hash
};
// Look again whether there is something to tell of this deployment.
struct deployment_touched {
  deployment_id deployment;
};
struct bot_status {};
struct bot_condition {
  bool works = false;       // Telegram answers, and knows the bot
  std::string username;     // without @; "" until known
  std::string detail;       // why it does not work
  std::size_t waiting = 0;  // updates and messages
};

// ---- every supervised actor
// ------------------------------------------------------------------------------------------

struct describe {};
// Some of the tree: at most `limit` environments, by id, behind `after`, with their deployments. One that does not
// answer in time has a card that says so.
struct describe_some {
  std::optional<environment_id> after{};
  std::uint32_t limit = 100;
  std::optional<environment_id> only{};  // this one alone
};
struct actor_card {
  std::string id;    // "orchestrator", or an environment's, a deployment's or an operation's id
  std::string kind;  // "orchestrator", "environment", "deployment", "application", "engine", "database", "identity"
  std::string parent;
  std::string state;
  std::size_t mailbox_depth = 0;
  std::uint64_t messages_handled = 0;
  std::string last_message;
  std::int64_t last_message_age_ms = 0;
  std::string step;                         // what it waits for
  std::optional<std::int64_t> deadline_ms;  // until the step is given up
  std::uint32_t restarts = 0;
  std::string last_error;
  std::optional<std::int64_t> last_error_age_ms;  // where the actor knows
  bool quarantined = false;  // its restart budget is spent; it stays down until the process restarts
};
struct described {
  std::vector<actor_card> cards;       // an environment's, then its deployments'
  std::optional<environment_id> next;  // the last environment shown, where there are further ones
};

}  // namespace troupe::actors
