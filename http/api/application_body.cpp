#include "http/api/application_body.hpp"

#include "http/api/api_state.hpp"
#include "http/api/json_decode.hpp"
#include "http/api/release_rules.hpp"
#include "http/compose/read.hpp"

namespace troupe::http::api {

namespace {

constexpr const char* schema = "create_deployment";

std::string told_at(const compose::place& at, const std::string& key, const std::string& detail) {
  return "line " + std::to_string(at.line) + ", column " + std::to_string(at.column) + (key.empty() ? "" : ", ") + key +
         ": " + detail;
}

std::variant<compose::application, std::vector<compose::finding>> read_file(const question& q) {
  const auto& body = q.body;
  return compose::read(body.at("compose").get_ref<const std::string&>(),
                       body.value("variables", std::map<std::string, std::string>{}),
                       body.value("profiles", std::set<std::string>{}));
}

// Variables without a value keep the one that the service has.
std::set<std::string> take_kept(nlohmann::json& body) {
  std::set<std::string> out;
  const auto variables = body.find("envVars");
  if (variables == body.end()) return out;
  for (auto i = variables->begin(); i != variables->end();) {
    const bool kept = i->is_null();
    if (kept) out.insert(i.key());
    i = kept ? variables->erase(i) : std::next(i);
  }
  return out;
}

model::wanted_service wanted_of(question& q, const compose::service& from) {
  model::wanted_service out;
  auto body = from.body;
  out.kept = take_kept(body);
  for (const auto& other : from.after) out.after.push_back(other.service);
  body["environmentId"] = "env_aaaaaaaaaaaaaaaa";  // the schema wants one; nobody reads it
  for (const auto& v : check_release_body(*q.api, body))
    q.wrong.push_back({"/compose", told_at(compose::place_of(from, v.pointer), "services." + from.name,
                                           (v.pointer.empty() ? "" : v.pointer.substr(1) + ' ') + v.detail)});
  if (!q.wrong.empty()) return out;
  q.api->schemas.fill_defaults(schema, body);
  out.spec = release_of(body);
  return out;
}

}  // namespace

desk::wanted_application wanted_of(question& q) {
  desk::wanted_application out;
  out.prune = q.body.value("prune", false);
  const auto file = read_file(q);
  if (const auto* findings = std::get_if<1>(&file)) {
    for (const auto& one : *findings) q.wrong.push_back({"/compose", told_at(one.at, one.key, one.detail)});
    return out;
  }
  for (const auto& one : std::get<0>(file).ignored)
    q.noted.push_back({{"line", one.at.line}, {"column", one.at.column}, {"key", one.key}, {"detail", one.detail}});
  for (const auto& service : std::get<0>(file).services)
    if (q.wrong.size() < compose::reading_limits{}.findings) out.services.push_back(wanted_of(q, service));
  return out;
}

}  // namespace troupe::http::api
