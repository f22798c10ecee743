// JSON <-> commands and their answers, once for every face that speaks JSON. A command without both does not become a
// route.
#pragma once

#include <string_view>

#include "actors/desk/commands.hpp"
#include "http/api/question.hpp"

namespace troupe::http::api {

// As the caller gave it.
template <class Id>
Id id_of(std::string_view text) {
  return model::parse_id<Id>(text).value_or(Id{});
}

// What is wrong with the question goes into its `values` and `wrong`. Ids without an id's form become empty ones, which
// are never found.
void read(question& q, desk::create_environment& out);
void read(question& q, desk::get_environment& out);
void read(question& q, desk::delete_environment& out);
void read(question& q, desk::list_environments& out);
void read(question& q, desk::publish_environment& out);
void read(question& q, desk::unpublish_environment& out);
void read(question& q, desk::list_domains& out);
void read(question& q, desk::put_domain& out);
void read(question& q, desk::delete_domain& out);
void read(question& q, desk::list_volumes& out);
void read(question& q, desk::delete_volume& out);
void read(question& q, desk::create_deployment& out);
void read(question& q, desk::roll_back_deployment& out);
void read(question& q, desk::get_deployment& out);
void read(question& q, desk::list_deployments& out);
void read(question& q, desk::list_own_deployments& out);
void read(question& q, desk::get_service& out);
void read(question& q, desk::list_services& out);
void read(question& q, desk::update_service& out);
void read(question& q, desk::plan_service& out);
void read(question& q, desk::list_transitions& out);
void read(question& q, desk::read_logs& out);
void read(question& q, desk::plan_application& out);
void read(question& q, desk::apply_application& out);
void read(question& q, desk::get_application& out);
void read(question& q, desk::get_operation& out);
void read(question& q, desk::list_operations& out);
void read(question& q, desk::cancel_operation& out);
void read(question& q, desk::get_account& out);
void read(question& q, desk::list_keys& out);
void read(question& q, desk::revoke_key& out);
void read(question& q, desk::list_registries& out);
void read(question& q, desk::put_registry& out);
void read(question& q, desk::delete_registry& out);
void read(question& q, model::deployment_id& deployment, std::uint32_t& replicas);
template <model::verb Verb>
void read(question& q, desk::command_deployment<Verb>& out) {
  read(q, out.deployment, out.replicas);
}

// The id alone, as the path of this route names it.
void read_id(const route& r, std::string_view id, desk::get_environment& out);
void read_id(const route& r, std::string_view id, desk::get_deployment& out);

// The status is the route's.
response shown(const desk::create_environment& what, const actors::environment_view_ptr& view);
response shown(const desk::get_environment& what, const actors::environment_view_ptr& view);
response shown(const desk::delete_environment& what, const actors::environment_view_ptr& view);
response shown(const desk::list_environments& what, const desk::page<desk::listed_environment>& found);
response shown(const desk::publish_environment& what, const desk::published_environment& found);
response shown(const desk::unpublish_environment& what, const actors::environment_view_ptr& view);
response shown(const question& q, const desk::create_deployment& what, const actors::deployment_view_ptr& view);
response shown(const question& q, const desk::roll_back_deployment& what, const actors::deployment_view_ptr& view);
response shown(const question& q, const desk::get_deployment& what, const actors::deployment_view_ptr& view);
response shown(const question& q, const desk::list_deployments& what,
               const desk::page<actors::deployment_view_ptr>& found);
response shown(const question& q, const desk::list_own_deployments& what,
               const desk::page<actors::deployment_view_ptr>& found);
response shown(const question& q, const desk::get_service& what, const desk::service_view_ptr& view);
response shown(const question& q, const desk::list_services& what, const desk::page<desk::service_view>& found);
response shown(const question& q, const desk::update_service& what, const actors::deployment_view_ptr& view);
response shown(const question& q, const desk::plan_service& what, const desk::planned_application_ptr& planned);
response shown(const desk::list_domains& what, const actors::site_views_ptr& all);
response shown(const desk::put_domain& what, const desk::published_environment& found);
response shown(const desk::delete_domain& what, const desk::published_environment& found);
response shown(const desk::list_volumes& what, const std::vector<desk::shown_volume>& all);
response shown(const desk::delete_volume& what, const model::done& done);
response shown(const desk::list_transitions& what, const std::vector<model::transition>& all);
response shown(const desk::read_logs& what, const desk::page<actors::log_line>& found);
response shown(const question& q, const desk::plan_application& what, const desk::planned_application_ptr& planned);
response shown(const question& q, const desk::apply_application& what, const actors::application_view_ptr& view);
response shown(const desk::get_application& what, const std::vector<model::wanted_service>& standing);
response shown(const question& q, const desk::get_operation& what, const desk::operation_view_ptr& view);
response shown(const question& q, const desk::list_operations& what,
               const desk::page<actors::application_view_ptr>& found);
response shown(const question& q, const desk::cancel_operation& what, const desk::operation_view_ptr& view);
response shown(const desk::get_account& what, const desk::account& who);
response shown(const desk::list_keys& what, const std::vector<model::api_key>& keys);
response shown(const desk::revoke_key& what, const model::done& done);
response shown(const desk::list_registries& what, const std::vector<model::registry_login>& all);
response shown(const desk::put_registry& what, const model::registry_login& saved);
response shown(const desk::delete_registry& what, const model::done& done);
// Of a command the operation begins where the row is now; of a new release with its first line.
response accepted(const question& q, const actors::deployment_view_ptr& view, std::optional<model::verb> asked = {});
template <model::verb Verb>
response shown(const question& q, const desk::command_deployment<Verb>&, const actors::deployment_view_ptr& view) {
  return accepted(q, view, Verb);
}

// A plan as it is shown to who asks with this body, with the id under which it is applied.
nlohmann::json plan_of(const question& q, const desk::planned_application& planned);

// nextCursor of list_own_deployments.
nlohmann::json own_cursor(const desk::page<actors::deployment_view_ptr>& found);

// The lists of two answers, for whoever shows them in another.
nlohmann::json lines_of(const std::vector<actors::log_line>& lines);
nlohmann::json logs_of(const desk::page<actors::log_line>& found);
nlohmann::json timeline_of(const std::vector<model::transition>& all);
// Of several deployments at once: each line says whose it is.
nlohmann::json timelines_of(const std::vector<model::transition>& all);

response json_response(const nlohmann::json& body);
response json_response(std::shared_ptr<const std::string> body);

}  // namespace troupe::http::api
