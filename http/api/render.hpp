// The shapes of the API's objects: one function each; http/schemas/answers.json states the same for OpenAPI.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "actors/desk/account.hpp"
#include "actors/desk/service_view.hpp"
#include "actors/messages.hpp"
#include "actors/views.hpp"
#include "http/api/place.hpp"

namespace troupe::http::api {

nlohmann::json render(const actors::site_view& view);
nlohmann::json render(const actors::site_views_ptr& all);  // a list, empty where there are none
nlohmann::json render(const model::environment& row, const actors::site_views_ptr& sites);  // as in a list
nlohmann::json render(const actors::environment_view& view);  // with deployments and volumes in short
nlohmann::json render(const actors::deployment_view& view, const place& at = {});  // env values never: names alone
nlohmann::json render_spec(const model::release_spec& spec);  // as the body of POST /deployments has it
nlohmann::json render_health(const model::deployment& row);   // "ok" or "degraded"; null where it is not RUNNING
nlohmann::json render_summary(const actors::deployment_view& view);
nlohmann::json render(const desk::service_view& view, const place& at);        // as in a list
nlohmann::json render_whole(const desk::service_view& view, const place& at);  // with its spec and history
nlohmann::json render_addresses(const model::release_spec& spec, const place& at);
nlohmann::json render(const model::task_observation& task);
nlohmann::json render(const model::api_key& key);  // never anything of the secret
nlohmann::json render(const desk::account& who);
nlohmann::json render(const actors::log_line& line);
nlohmann::json render(const model::transition& t, std::int64_t duration_ms);

// The whole answer to GET of one object, made once a view and then shared by all readers.
std::shared_ptr<const std::string> answer_of(const actors::environment_view& view);
std::shared_ptr<const std::string> answer_of(const actors::deployment_view& view, const place& at);

// The message as the program wrote it, without NUL, ended by one line feed.
std::string plain_line(const actors::log_line& line);

// One server-sent event; data must hold no line end (JSON never does).
std::string sse_event(std::string_view event, std::string_view id, std::string_view data);

}  // namespace troupe::http::api
