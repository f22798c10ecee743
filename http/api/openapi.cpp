#include "http/api/openapi.hpp"

#include <set>

#include "http/api/answer.hpp"
#include "http/api/api_state.hpp"
#include "http/api/handlers.hpp"
#include "http/api/json_decode.hpp"
#include "http/api/routes.hpp"
#include "http/api/schema_texts.hpp"

namespace troupe::http::api {

namespace {

using nlohmann::json;

json reference(std::string_view component) {
  return {{"$ref", "#/components/schemas/" + std::string(component)}};
}

json header_parameter(const char* name, const char* summary) {
  return {{"name", name},
          {"in", "header"},
          {"required", false},
          {"description", summary},
          {"schema", {{"type", "string"}, {"maxLength", 255}}}};
}

// "/environments/:id" -> "/environments/{id}", naming the parameters.
std::string templated(std::string_view path, json& parameters) {
  std::string out;
  while (!path.empty()) {
    path.remove_prefix(1);
    const auto segment = path.substr(0, path.find('/'));
    path.remove_prefix(segment.size());
    if (!segment.starts_with(':')) {
      (out += '/') += segment;
      continue;
    }
    const std::string name(segment.substr(1));
    out += "/{" + name + '}';
    parameters.push_back({{"name", name}, {"in", "path"}, {"required", true}, {"schema", {{"type", "string"}}}});
  }
  return out;
}

json problem_answer(int status) {
  return {{"description", title_of(status)},
          {"content", {{"application/problem+json", {{"schema", reference("Problem")}}}}}};
}

// If-Match counts.
bool is_conditional(const route& r) {
  return r.on && std::string_view(r.on->name) == std::string_view(desk::update_service::on.name);
}

json answers_of(const route& r, bool has_id) {
  json success{{"description", r.summary}};
  if (!r.answer.empty()) success["content"] = {{"application/json", {{"schema", reference(r.answer)}}}};
  if (r.operation == "getService")
    success["headers"]["ETag"] = {{"description", "For If-Match"}, {"schema", {{"type", "string"}}}};
  if (r.operation == "getLogs") success["content"]["text/plain"] = json::object();
  if (r.operation == "getLogs" || r.operation == "getEvents") success["content"]["text/event-stream"] = json::object();
  if (r.operation == "getDocs" || r.operation == "verifyLink" || r.operation == "spendLink")
    success["content"]["text/html"] = json::object();
  if (r.operation == "getOpenapi") success["content"]["application/json"] = json::object();
  std::set<int> refusals;
  if (r.who != access::open) refusals.insert({400, 401, 429, 503});
  if (r.who == access::scope) refusals.insert(403);
  if (has_id || !r.body.empty()) refusals.insert(404);
  if (r.writes()) refusals.insert({409, 413, 415, 422});
  if (is_conditional(r)) refusals.insert(412);
  if (r.answer == "NewKey") refusals.insert({400, 404, 429, 503});
  json out{{std::to_string(r.status), std::move(success)}};
  for (const int status : refusals) out[std::to_string(status)] = problem_answer(status);
  if (r.operation == "getHealth")
    out["503"] = {{"description", "A needed part is down"},
                  {"content", {{"application/json", {{"schema", reference("Health")}}}}}};
  return out;
}

json operation_of(const route& r, json parameters) {
  const bool has_id = !parameters.empty();
  for (const auto& p : r.parameters)
    parameters.push_back({{"name", p.name},
                          {"in", "query"},
                          {"required", false},
                          {"description", p.summary},
                          {"schema", json::parse(p.schema)}});
  if (r.who == access::telegram)
    parameters.push_back(header_parameter("X-Telegram-Bot-Api-Secret-Token", "What the webhook was set with"));
  else if (r.writes() && r.who != access::open)
    parameters.push_back(
        header_parameter("Idempotency-Key", "The same key and body give the first answer again for 24 h"));
  if (is_conditional(r))
    parameters.push_back(header_parameter(
        "If-Match", "The ETag of the service: where a newer release was accepted meanwhile, the answer is 412"));
  if (r.operation == "getEvents" || r.operation == "getLogs")
    parameters.push_back(header_parameter("Last-Event-ID", "Go on after this event"));
  json out{{"operationId", r.operation},
           {"summary", r.summary},
           {"parameters", std::move(parameters)},
           {"responses", answers_of(r, has_id)}};
  if (r.who == access::scope) out["description"] = "Scope: " + std::string(model::scope_texts[r.scope]);
  if (!r.detail.empty()) out["description"] = std::string(r.detail) + ' ' + out.value("description", "");
  if (r.who == access::open || r.who == access::telegram) out["security"] = json::array();
  if (!r.body.empty())
    out["requestBody"] = {{"required", !r.body_optional},
                          {"content", {{"application/json", {{"schema", reference(component_name(r.body))}}}}}};
  if (r.patches)
    out["requestBody"]["content"]["application/merge-patch+json"] = out["requestBody"]["content"]["application/json"];
  return out;
}

std::string lower(std::string_view method) {
  std::string out(method);
  for (char& c : out) c = static_cast<char>(c - 'A' + 'a');
  return out;
}

}  // namespace

std::string component_name(std::string_view schema) {
  std::string out;
  bool start = true;
  for (const char c : schema) {
    if (c != '_') out += start ? static_cast<char>(c - 'a' + 'A') : c;
    start = c == '_';
  }
  return out;
}

std::string openapi_text(const body_schemas& schemas, const config::settings& settings) {
  auto components = json::parse(schema_texts().at("answers"));
  for (const auto& r : routes())
    if (!r.body.empty()) components[component_name(r.body)] = schemas.schema(r.body);
  json paths = json::object();
  for (const auto& r : routes()) {
    json parameters = json::array();
    const auto path = templated(r.path, parameters);
    paths[path][lower(r.method)] = operation_of(r, std::move(parameters));
  }
  const json document{
      {"openapi", "3.1.0"},
      {"jsonSchemaDialect", "https://json-schema.org/draft/2020-12/schema"},
      {"info",
       {{"title", "Troupe"}, {"version", TROUPE_VERSION}, {"description", "A deployment engine for Docker Swarm."}}},
      {"servers", json::array({{{"url", settings.public_base_url}}})},
      {"security", json::array({{{"apiKey", json::array()}}, {{"bearer", json::array()}}})},
      {"paths", std::move(paths)},
      {"components",
       {{"schemas", std::move(components)},
        {"securitySchemes",
         {{"apiKey", {{"type", "apiKey"}, {"in", "header"}, {"name", "X-API-Key"}}},
          {"bearer", {{"type", "http"}, {"scheme", "bearer"}}}}}}}};
  return document.dump(2);
}

bool get_openapi(api_state& api, call& c) {
  send_json(c, api.openapi);
  return true;
}

}  // namespace troupe::http::api
