#include "http/api/openapi_answers.hpp"

#include <algorithm>
#include <set>

#include "actors/desk/commands.hpp"
#include "http/api/problem_answer.hpp"

namespace troupe::http::api {

namespace {

using nlohmann::json;

struct header_text {
  const char* name;
  const char* type;  // of its schema
  const char* summary;
};
constexpr header_text headers[] = {
    {"X-Request-Id", "string", "The caller's, where it sent a sane one; log lines carry it, too"},
    {"ETag", "string", "The state that was sent, for If-None-Match; of a service for If-Match"},
    {"Location", "string", "Where to look for what was made or begun"},
    {"RateLimit-Limit", "integer", "How many are allowed"},
    {"RateLimit-Remaining", "integer", "How many are left"},
    {"RateLimit-Reset", "integer", "Seconds until there are more"},
    {"Retry-After", "integer", "Seconds after which to try again"},
    {"WWW-Authenticate", "string", "Bearer"},
};

json header_references(std::initializer_list<const char*> names) {
  json out{{"X-Request-Id", {{"$ref", "#/components/headers/X-Request-Id"}}}};
  for (const auto* name : names) out[name] = {{"$ref", std::string("#/components/headers/") + name}};
  return out;
}

json headers_of_refusal(int status) {
  if (status == 401) return header_references({"WWW-Authenticate"});
  if (status == 429)
    return header_references({"Retry-After", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"});
  return status == 503 ? header_references({"Retry-After"}) : header_references({});
}

constexpr int refusals[] = {400, 401, 403, 404, 409, 412, 413, 415, 422, 429, 503};

std::string name_of(int status) {
  return "Problem" + std::to_string(status);
}

bool gives_a_standing_text(const route& r) {
  return r.operation == "getDocs" || r.operation == "getOpenapi";
}

json headers_of(const route& r) {
  auto out = header_references({});
  if (r.operation == "getService" || gives_a_standing_text(r)) out.update(header_references({"ETag"}));
  if (r.on && (r.status == 201 || r.status == 202)) out.update(header_references({"Location"}));
  if (r.on && r.on->limited())
    out.update(header_references({"RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"}));
  return out;
}

json success_of(const route& r) {
  json out{{"description", r.summary}, {"headers", headers_of(r)}};
  const auto has = [&](std::initializer_list<std::string_view> operations) {
    return std::find(operations.begin(), operations.end(), r.operation) != operations.end();
  };
  const json text{{"schema", {{"type", "string"}}}}, object{{"schema", {{"type", "object"}}}};
  if (!r.answer.empty()) out["content"]["application/json"] = {{"schema", schema_reference(r.answer)}};
  if (has({"getOpenapi", "callTool", "receiveTelegramUpdate"})) out["content"]["application/json"] = object;
  if (has({"postMcp"})) out["content"]["application/json"] = {{"schema", schema_reference("McpMessage")}};
  if (has({"getLogs"})) out["content"]["text/plain"] = text;
  if (has({"getLogs", "getEvents", "getOperation", "postMcp"})) out["content"]["text/event-stream"] = text;
  if (has({"getApplication"})) out["content"]["application/yaml"] = text;
  if (has({"getDocs", "verifyLink", "spendLink"})) out["content"]["text/html"] = text;
  return out;
}

bool plans_where_asked(const route& r) {
  return std::any_of(r.parameters.begin(), r.parameters.end(), [](const auto& p) { return p.name == "dryRun"; });
}

// Besides the one that is hoped for.
json other_answers_of(const route& r) {
  json out = json::object();
  const auto plain = [&](const char* status, const char* description) {
    out[status] = {{"description", description}, {"headers", header_references({})}};
  };
  if (r.operation == "getEntrance") {
    plain("303", "A browser is led to /docs");
    out["303"]["headers"].update(header_references({"Location"}));
  }
  if (gives_a_standing_text(r)) {
    plain("304", "It is what If-None-Match names");
    out["304"]["headers"].update(header_references({"ETag"}));
  }
  if (r.operation == "getLogs" || r.operation == "getEvents" || r.operation == "getOperation")
    plain("204", "A stream that has nothing more to say: it need not be opened again");
  if (r.operation == "postMcp") plain("202", "A notification or an answer was taken");
  if (plans_where_asked(r))
    out["200"] = {{"description", "With dryRun: the plan"},
                  {"headers", header_references({})},
                  {"content", {{"application/json", {{"schema", schema_reference("OnePlan")}}}}}};
  if (r.operation == "getHealth") {
    out["503"] = {{"description", "A needed part is down"},
                  {"headers", header_references({"Retry-After"})},
                  {"content", {{"application/json", {{"schema", schema_reference("Health")}}}}}};
  }
  return out;
}

std::set<int> refusals_of(const route& r, bool has_id) {
  std::set<int> out{400, 429, 503};  // of any request: malformed, one of too many, while the platform starts or ends
  if (r.who != access::open || r.operation == "getHealth") out.insert(401);
  if (r.who == access::scope || r.relay) out.insert(403);
  if (has_id || !r.body.empty() || r.relay || r.answer == "NewKey") out.insert(404);
  if (takes_a_body(r)) out.insert({413, 415});
  if ((r.writes() && r.on) || r.operation == "callTool") out.insert({409, 422});
  if (is_conditional(r)) out.insert(412);
  return out;
}

}  // namespace

json schema_reference(std::string_view component) {
  return {{"$ref", "#/components/schemas/" + std::string(component)}};
}

bool is_conditional(const route& r) {
  return r.on && std::string_view(r.on->name) == std::string_view(desk::update_service::on.name);
}

bool takes_a_body(const route& r) {
  return !r.body.empty() || r.relay || r.who == access::telegram;
}

json header_components() {
  json out = json::object();
  for (const auto& header : headers)
    out[header.name] = {{"description", header.summary}, {"schema", {{"type", header.type}}}};
  return out;
}

json response_components() {
  json out = json::object();
  for (const int status : refusals)
    out[name_of(status)] = {{"description", title_of(status)},
                            {"headers", headers_of_refusal(status)},
                            {"content", {{"application/problem+json", {{"schema", schema_reference("Problem")}}}}}};
  return out;
}

json answers_of(const route& r, bool has_id) {
  json out{{std::to_string(r.status), success_of(r)}};
  for (const int status : refusals_of(r, has_id))
    out[std::to_string(status)] = {{"$ref", "#/components/responses/" + name_of(status)}};
  out.update(other_answers_of(r));
  return out;
}

}  // namespace troupe::http::api
