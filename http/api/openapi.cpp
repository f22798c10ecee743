#include "http/api/openapi.hpp"

#include <iterator>
#include <set>

#include "http/api/answer.hpp"
#include "http/api/api_state.hpp"
#include "http/api/handlers.hpp"
#include "http/api/json_decode.hpp"
#include "http/api/openapi_answers.hpp"
#include "http/api/routes.hpp"
#include "http/api/schema_texts.hpp"

namespace troupe::http::api {

namespace {

using nlohmann::json;

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

// By the first part of a path.
struct tag_text {
  std::string_view first, name, summary;
};
constexpr tag_text tags[] = {
    {"environments", "Environments", "Networks of their own, with what is in them: services, volumes, a public domain"},
    {"services", "Services", "What runs under a name in an environment, from one release to the next"},
    {"deployments", "Deployments", "Releases: their states, logs and timelines"},
    {"operations", "Operations", "Applications on their way to be as they are wanted"},
    {"registries", "Registries", "Your logins to registries of images"},
    {"auth", "Keys", "Who you are, your keys, and magic links"},
    {"mcp", "Agents", "The same for agents: the Model Context Protocol, and its tools without it"},
    {"telegram", "Telegram", "For Telegram's servers alone"},
    {"", "Platform", "The platform itself"},
};

const tag_text& tag_of(const route& r) {
  const auto first = r.path.substr(1, r.path.find('/', 1) - 1);
  for (const auto& tag : tags)
    if (tag.first == first) return tag;
  return tags[std::size(tags) - 1];
}

json tag_list() {
  json out = json::array();
  for (const auto& tag : tags) out.push_back({{"name", tag.name}, {"description", tag.summary}});
  return out;
}

// The name of the schema and of the example; of what is no command's body, too.
std::string_view body_of(const route& r) {
  if (!r.body.empty()) return r.body;
  if (r.who == access::telegram) return "TelegramUpdate";
  return r.operation == "postMcp" ? "McpMessage" : "ToolArguments";
}

json request_body_of(const route& r) {
  static const auto examples = json::parse(schema_texts().at("examples"));
  const auto body = body_of(r);
  const json content{{"schema", schema_reference(r.body.empty() ? body : component_name(body))},
                     {"example", examples.at(std::string(body))}};
  json out{{"required", !r.body_optional && r.operation != "callTool"}, {"content", {{"application/json", content}}}};
  if (r.yaml)
    out["content"]["application/yaml"] = {{"schema", {{"type", "string"}}},
                                          {"example", content["example"].at("compose")}};
  if (r.patches) out["content"]["application/merge-patch+json"] = content;
  if (r.form) out["content"]["application/x-www-form-urlencoded"] = content;
  return out;
}

std::string description_of(const route& r) {
  const auto needs = r.who == access::open    ? "No key is needed."
                     : r.who == access::scope ? "Scope: " + std::string(model::scope_texts[r.scope]) + '.'
                     : r.who == access::key   ? std::string("Any key.")
                                              : "No key is needed: the secret header says who calls.";
  return r.detail.empty() ? needs : std::string(r.detail) + ' ' + needs;
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
  if (r.operation == "getDocs" || r.operation == "getOpenapi")
    parameters.push_back(header_parameter("If-None-Match", "The ETag of what is kept: where it still holds, 304"));
  json out{{"operationId", r.operation},
           {"tags", json::array({tag_of(r).name})},
           {"summary", r.summary},
           {"description", description_of(r)},
           {"parameters", std::move(parameters)},
           {"responses", answers_of(r, has_id)}};
  if (r.who == access::open || r.who == access::telegram) out["security"] = json::array();
  if (takes_a_body(r)) out["requestBody"] = request_body_of(r);
  return out;
}

void collect_used(const json& node, const json& schemas, std::set<std::string>& used) {
  constexpr std::string_view place = "#/components/schemas/";
  if (node.is_object() && node.contains("$ref") && node.at("$ref").is_string()) {
    const auto& target = node.at("$ref").get_ref<const std::string&>();
    if (target.starts_with(place))
      if (auto name = target.substr(place.size()); used.insert(name).second)
        collect_used(schemas.at(name), schemas, used);
  }
  if (node.is_structured())
    for (const auto& child : node) collect_used(child, schemas, used);
}

// Some shapes are those of tools alone, which show them themselves.
json used_of(const json& schemas, const json& paths, const json& responses) {
  std::set<std::string> used;
  collect_used(paths, schemas, used);
  collect_used(responses, schemas, used);
  json out = json::object();
  for (const auto& name : used) out[name] = schemas.at(name);
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
  auto responses = response_components();
  auto used = used_of(components, paths, responses);
  const json document{
      {"openapi", "3.1.0"},
      {"jsonSchemaDialect", "https://json-schema.org/draft/2020-12/schema"},
      {"info",
       {{"title", "Troupe"}, {"version", TROUPE_VERSION}, {"description", "A deployment engine for Docker Swarm."}}},
      {"servers", json::array({{{"url", settings.public_base_url}}})},
      {"security", json::array({{{"apiKey", json::array()}}, {{"bearer", json::array()}}})},
      {"tags", tag_list()},
      {"paths", std::move(paths)},
      {"components",
       {{"schemas", std::move(used)},
        {"headers", header_components()},
        {"responses", std::move(responses)},
        {"securitySchemes",
         {{"apiKey", {{"type", "apiKey"}, {"in", "header"}, {"name", "X-API-Key"}}},
          {"bearer", {{"type", "http"}, {"scheme", "bearer"}}}}}}}};
  return document.dump(2);
}

bool get_openapi(api_state& api, call& c) {
  send_standing(c, api.openapi, "application/json");
  return true;
}

}  // namespace troupe::http::api
