// Every typed handle, on one page. Answers come as outcome<T>: a value or a problem; each request has a finite timeout.
#pragma once

#include <caf/all.hpp>

#include "actors/messages.hpp"
#include "actors/views.hpp"

namespace troupe::actors {

template <class... Ts>
using request = caf::replies_to<Ts...>;

// Owns writing to PostgreSQL. What waits is written in one transaction.
using database_actor =
    caf::typed_actor<request<save>::with<outcome<model::done>>,                   // atomic, idempotent by revision
                     request<load_living>::with<outcome<living_rows>>,            // at the start
                     request<load_environment>::with<outcome<living_rows>>,       // at an actor's restart
                     request<find_deployment>::with<outcome<stored_deployment>>,  // by id or job
                     request<list_deployments>::with<outcome<std::vector<stored_deployment>>>,  // of one environment
                     request<list_recent_deployments>::with<outcome<std::vector<stored_deployment>>>,  // of all, for
                                                                                                       // operators
                     request<list_own_deployments>::with<outcome<std::vector<stored_deployment>>>,     // of one user
                     request<list_ended_services>::with<outcome<std::vector<stored_deployment>>>,      // of one
                                                                                                       // environment
                     request<list_environments>::with<outcome<std::vector<model::environment>>>,       // of one user
                     request<find_predecessor>::with<outcome<stored_deployment>>,                      // of a release
                     request<find_application>::with<outcome<application_view_ptr>>,                   // by id
                     request<list_applications>::with<outcome<std::vector<application_view_ptr>>>,     // newest first
                     request<list_dependencies>::with<outcome<model::dependencies>>,            // of one environment
                     request<list_transitions>::with<outcome<std::vector<model::transition>>>,  // the timeline
                     request<list_lines>::with<outcome<std::vector<model::transition>>>,        // of several
                     request<ensure_user>::with<outcome<user_id>>,                              // by name
                     request<insert_key>::with<outcome<model::done>>,                           //
                     request<find_key>::with<outcome<model::api_key>>,                // also revoked and expired ones
                     request<list_keys>::with<outcome<std::vector<model::api_key>>>,  // not the revoked
                     request<revoke_key>::with<outcome<model::done>>,                 //
                     request<touch_keys>::with<outcome<model::done>>,                 // last use, written lazily
                     request<claim_idempotency>::with<outcome<idempotency_claim>>,    // before a write is done
                     request<store_idempotent_answer>::with<outcome<model::done>>,    // after it
                     request<release_idempotency>::with<outcome<model::done>>,        // or in place of an answer
                     request<insert_magic_link>::with<outcome<model::done>>,          //
                     request<find_magic_link>::with<outcome<model::done>>,            // whether it can be spent now
                     request<spend_magic_link>::with<outcome<model::api_key>>,        // the key made with it
                     request<put_registry_login>::with<outcome<model::registry_login>>,  // as saved
                     request<delete_registry_login>::with<outcome<model::done>>,         //
                     request<database_status>::with<outcome<std::uint64_t>>,             // round trip, microseconds
                     request<describe>::with<actor_card>>;

// The bot's rows; the database actor answers these too.
using telegram_rows_actor = caf::typed_actor<
    request<ensure_telegram_account>::with<outcome<telegram_account>>,                   //
    request<insert_telegram_invite>::with<outcome<model::done>>,                         //
    request<list_telegram_invites>::with<outcome<std::vector<telegram_invite>>>,         // newest first
    request<revoke_telegram_invite>::with<outcome<model::done>>,                         //
    request<set_telegram_notify>::with<outcome<model::done>>,                            //
    request<block_telegram_chat>::with<outcome<model::done>>,                            //
    request<find_telegram_chat>::with<outcome<std::optional<std::int64_t>>>,             // who wants to be told
    request<accept_telegram_updates>::with<outcome<std::vector<telegram_update>>>,       // before they are handled
    request<load_telegram_updates>::with<outcome<std::vector<telegram_update>>>,         // at the start
    request<finish_telegram_updates>::with<outcome<model::done>>,                        // after they were
    request<collect_deployment_notices>::with<outcome<std::vector<deployment_notice>>>,  // what is to be told
    request<tell_deployment_notices>::with<outcome<model::done>>>;                       // what was told

// The rows of public domains; likewise.
using site_rows_actor =
    caf::typed_actor<request<load_sites>::with<outcome<std::vector<model::site>>>,  // at the start
                     request<save_sites>::with<outcome<model::done>>>;              // atomic, idempotent by revision
using whole_database_actor = database_actor::extend_with<telegram_rows_actor>::extend_with<site_rows_actor>;

// Makes magic links; the identity actor.
using link_issuer_actor = caf::typed_actor<request<issue_magic_link>::with<outcome<issued_magic_link>>>;

// Talks with people on Telegram. Never waits for Telegram before it answers.
using telegram_actor = caf::typed_actor<request<receive_telegram_update>::with<outcome<model::done>>,  // a webhook call
                                        caf::reacts_to<deployment_touched>,        // by the board's listener
                                        caf::reacts_to<certificate_at_risk>,       //
                                        caf::reacts_to<key_made>,                  // by whoever spends links
                                        request<bot_status>::with<bot_condition>,  //
                                        request<describe>::with<actor_card>>;

// Told what changed in Docker; the orchestrator.
using engine_observer = caf::typed_actor<caf::reacts_to<service_touched>, caf::reacts_to<environment_touched>,
                                         caf::reacts_to<engine_listed>, caf::reacts_to<engine_reach>>;

// Owns talking to Docker: the real Engine or the simulated one. Every effect is idempotent and has a deadline.
using engine_actor = caf::typed_actor<
    request<resolve_image>::with<outcome<model::resolved_image, effect_error>>,          // pull, digest, user, scratch
    request<look_up_image>::with<outcome<model::image_prospect, effect_error>>,          // the same, without a pull
    request<list_nodes>::with<outcome<std::vector<model::node_size>, effect_error>>,     //
    request<check_registry_login>::with<outcome<model::done, effect_error>>,             //
    request<ensure_network>::with<outcome<network_ready, effect_error>>,                 //
    request<remove_network>::with<outcome<model::done, effect_error>>,                   //
    request<ensure_volumes>::with<outcome<volumes_ready, effect_error>>,                 //
    request<remove_volumes>::with<outcome<model::done, effect_error>>,                   //
    request<list_volumes>::with<outcome<std::vector<engine_volume>, effect_error>>,      // by name
    request<remove_volume>::with<outcome<model::done, effect_error>>,                    // one, with its data
    request<converge_service>::with<outcome<model::service_observation, effect_error>>,  // create, update or look
    request<remove_service>::with<outcome<model::done, effect_error>>,                   // until really gone
    request<read_logs>::with<outcome<log_page, effect_error>>,                           // what is kept
    caf::reacts_to<follow_logs>,                                                         // to the sink
    request<engine_status>::with<outcome<engine_info, effect_error>>,                    //
    caf::reacts_to<engine_observer>,                                                     // from now on tell this one
    request<describe>::with<actor_card>>;

// Told that the edge's container may be another one, or gone; the edge.
using edge_observer = caf::typed_actor<caf::reacts_to<edge_touched>>;

// The edge's container as the edge sees it; the engine actors answer these too.
using edge_host_actor = caf::typed_actor<request<inspect_edge>::with<outcome<edge_container, effect_error>>,  //
                                         request<attach_edge>::with<outcome<model::done, effect_error>>,      //
                                         request<detach_edge>::with<outcome<model::done, effect_error>>,      //
                                         request<upload_to_edge>::with<outcome<model::done, effect_error>>,   //
                                         request<run_in_edge>::with<outcome<edge_output, effect_error>>,      //
                                         caf::reacts_to<edge_observer>>;  // from now on tell this one
using whole_engine_actor = engine_actor::extend_with<edge_host_actor>;

// Told which environments' sites have changed; the orchestrator.
using site_observer = caf::typed_actor<caf::reacts_to<site_changed>>;

// The only writer of the edge: which domains it serves, their files, their certificates.
using edge_actor =
    edge_observer::extend<request<publish_site>::with<outcome<site_view_ptr>>,  // answered when saved
                          request<release_site>::with<outcome<model::done>>,    // answered when nothing of it is left
                          caf::reacts_to<environment_touched>,         // by its actor: another service may answer now
                          caf::reacts_to<site_observer>,               // from now on tell this one
                          caf::reacts_to<telegram_actor>,              // who tells owners of certificates at risk
                          request<edge_status>::with<edge_condition>,  //
                          request<describe>::with<actor_card>>;

// The root: knows the environments, hands each its messages, restarts what died.
using orchestrator_actor = engine_observer::extend_with<site_observer>::extend<
    request<open_house>::with<outcome<model::done>>,                   // first of all; repeated it does nothing
    request<create_environment>::with<outcome<environment_view_ptr>>,  // answered once the network is there
    request<delete_environment>::with<outcome<environment_view_ptr>>,  // accepted
    request<create_deployment>::with<outcome<deployment_view_ptr>>,    // accepted and saved
    request<change_service>::with<outcome<deployment_view_ptr>>,       // likewise
    request<rollback_deployment>::with<outcome<deployment_view_ptr>>,  // likewise
    request<command_deployment>::with<outcome<deployment_view_ptr>>,   // likewise
    request<delete_volume>::with<outcome<model::done>>,                // once it is gone
    request<apply_application>::with<outcome<application_view_ptr>>,   // accepted and saved
    request<cancel_application>::with<outcome<application_view_ptr>>,  // likewise
    request<describe>::with<actor_card>,                               // its own
    request<describe_some>::with<outcome<described>>>;                 // the tree's, a page at a time

}  // namespace troupe::actors

// Messages stay inside the process, so none is serialisable, and CAF is told so for each.
#define TROUPE_LOCAL_MESSAGE(type) CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::type)
TROUPE_LOCAL_MESSAGE(save_environment)
TROUPE_LOCAL_MESSAGE(save_deployment)
TROUPE_LOCAL_MESSAGE(save)
TROUPE_LOCAL_MESSAGE(living_rows)
TROUPE_LOCAL_MESSAGE(load_living)
TROUPE_LOCAL_MESSAGE(load_environment)
TROUPE_LOCAL_MESSAGE(stored_deployment)
TROUPE_LOCAL_MESSAGE(find_deployment)
TROUPE_LOCAL_MESSAGE(list_deployments)
TROUPE_LOCAL_MESSAGE(list_own_deployments)
TROUPE_LOCAL_MESSAGE(list_ended_services)
TROUPE_LOCAL_MESSAGE(release_idempotency)
TROUPE_LOCAL_MESSAGE(change_service)
TROUPE_LOCAL_MESSAGE(find_application)
TROUPE_LOCAL_MESSAGE(list_applications)
TROUPE_LOCAL_MESSAGE(list_dependencies)
TROUPE_LOCAL_MESSAGE(apply_application)
TROUPE_LOCAL_MESSAGE(cancel_application)
TROUPE_LOCAL_MESSAGE(application_saved)
TROUPE_LOCAL_MESSAGE(application_view_ptr)
TROUPE_LOCAL_MESSAGE(list_environments)
TROUPE_LOCAL_MESSAGE(find_predecessor)
TROUPE_LOCAL_MESSAGE(list_transitions)
TROUPE_LOCAL_MESSAGE(list_lines)
TROUPE_LOCAL_MESSAGE(list_recent_deployments)
TROUPE_LOCAL_MESSAGE(ensure_user)
TROUPE_LOCAL_MESSAGE(insert_key)
TROUPE_LOCAL_MESSAGE(find_key)
TROUPE_LOCAL_MESSAGE(list_keys)
TROUPE_LOCAL_MESSAGE(revoke_key)
TROUPE_LOCAL_MESSAGE(touch_keys)
TROUPE_LOCAL_MESSAGE(claim_idempotency)
TROUPE_LOCAL_MESSAGE(idempotency_claim)
TROUPE_LOCAL_MESSAGE(store_idempotent_answer)
TROUPE_LOCAL_MESSAGE(issue_magic_link)
TROUPE_LOCAL_MESSAGE(issued_magic_link)
TROUPE_LOCAL_MESSAGE(insert_magic_link)
TROUPE_LOCAL_MESSAGE(find_magic_link)
TROUPE_LOCAL_MESSAGE(spend_magic_link)
TROUPE_LOCAL_MESSAGE(database_status)
TROUPE_LOCAL_MESSAGE(ensure_telegram_account)
TROUPE_LOCAL_MESSAGE(telegram_account)
TROUPE_LOCAL_MESSAGE(insert_telegram_invite)
TROUPE_LOCAL_MESSAGE(list_telegram_invites)
TROUPE_LOCAL_MESSAGE(revoke_telegram_invite)
TROUPE_LOCAL_MESSAGE(set_telegram_notify)
TROUPE_LOCAL_MESSAGE(block_telegram_chat)
TROUPE_LOCAL_MESSAGE(find_telegram_chat)
TROUPE_LOCAL_MESSAGE(accept_telegram_updates)
TROUPE_LOCAL_MESSAGE(load_telegram_updates)
TROUPE_LOCAL_MESSAGE(finish_telegram_updates)
TROUPE_LOCAL_MESSAGE(collect_deployment_notices)
TROUPE_LOCAL_MESSAGE(tell_deployment_notices)
TROUPE_LOCAL_MESSAGE(receive_telegram_update)
TROUPE_LOCAL_MESSAGE(certificate_at_risk)
TROUPE_LOCAL_MESSAGE(key_made)
TROUPE_LOCAL_MESSAGE(deployment_touched)
TROUPE_LOCAL_MESSAGE(bot_status)
TROUPE_LOCAL_MESSAGE(bot_condition)
TROUPE_LOCAL_MESSAGE(load_sites)
TROUPE_LOCAL_MESSAGE(save_sites)
TROUPE_LOCAL_MESSAGE(inspect_edge)
TROUPE_LOCAL_MESSAGE(edge_container)
TROUPE_LOCAL_MESSAGE(attach_edge)
TROUPE_LOCAL_MESSAGE(detach_edge)
TROUPE_LOCAL_MESSAGE(upload_to_edge)
TROUPE_LOCAL_MESSAGE(run_in_edge)
TROUPE_LOCAL_MESSAGE(edge_output)
TROUPE_LOCAL_MESSAGE(edge_touched)
TROUPE_LOCAL_MESSAGE(publish_site)
TROUPE_LOCAL_MESSAGE(release_site)
TROUPE_LOCAL_MESSAGE(site_changed)
TROUPE_LOCAL_MESSAGE(edge_status)
TROUPE_LOCAL_MESSAGE(edge_condition)
TROUPE_LOCAL_MESSAGE(site_view_ptr)
TROUPE_LOCAL_MESSAGE(resolve_image)
TROUPE_LOCAL_MESSAGE(look_up_image)
TROUPE_LOCAL_MESSAGE(list_nodes)
TROUPE_LOCAL_MESSAGE(check_registry_login)
TROUPE_LOCAL_MESSAGE(put_registry_login)
TROUPE_LOCAL_MESSAGE(delete_registry_login)
TROUPE_LOCAL_MESSAGE(ensure_network)
TROUPE_LOCAL_MESSAGE(network_ready)
TROUPE_LOCAL_MESSAGE(remove_network)
TROUPE_LOCAL_MESSAGE(ensure_volumes)
TROUPE_LOCAL_MESSAGE(volumes_ready)
TROUPE_LOCAL_MESSAGE(remove_volumes)
TROUPE_LOCAL_MESSAGE(converge_service)
TROUPE_LOCAL_MESSAGE(remove_service)
TROUPE_LOCAL_MESSAGE(log_line)
TROUPE_LOCAL_MESSAGE(read_logs)
TROUPE_LOCAL_MESSAGE(log_sink)
TROUPE_LOCAL_MESSAGE(follow_logs)
TROUPE_LOCAL_MESSAGE(engine_status)
TROUPE_LOCAL_MESSAGE(engine_info)
TROUPE_LOCAL_MESSAGE(listed_service)
TROUPE_LOCAL_MESSAGE(engine_listing)
TROUPE_LOCAL_MESSAGE(service_touched)
TROUPE_LOCAL_MESSAGE(environment_touched)
TROUPE_LOCAL_MESSAGE(engine_listed)
TROUPE_LOCAL_MESSAGE(open_house)
TROUPE_LOCAL_MESSAGE(create_environment)
TROUPE_LOCAL_MESSAGE(delete_environment)
TROUPE_LOCAL_MESSAGE(create_deployment)
TROUPE_LOCAL_MESSAGE(rollback_deployment)
TROUPE_LOCAL_MESSAGE(command_deployment)
TROUPE_LOCAL_MESSAGE(describe)
TROUPE_LOCAL_MESSAGE(actor_card)
TROUPE_LOCAL_MESSAGE(deployment_view_ptr)
TROUPE_LOCAL_MESSAGE(environment_view_ptr)
TROUPE_LOCAL_MESSAGE(user_id)
TROUPE_LOCAL_MESSAGE(engine_reach)
TROUPE_LOCAL_MESSAGE(list_volumes)
TROUPE_LOCAL_MESSAGE(engine_volume)
TROUPE_LOCAL_MESSAGE(remove_volume)
TROUPE_LOCAL_MESSAGE(log_page)
TROUPE_LOCAL_MESSAGE(delete_volume)
TROUPE_LOCAL_MESSAGE(describe_some)
TROUPE_LOCAL_MESSAGE(described)
#undef TROUPE_LOCAL_MESSAGE
namespace caf {
template <class T, class E>
struct allowed_unsafe_message_type<troupe::model::outcome<T, E>> : std::true_type {};
}  // namespace caf
