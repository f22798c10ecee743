#include "http/api/application_body.hpp"

#include <algorithm>

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

compose::read_file file_of(const question& q) {
  const auto& body = q.body;
  return compose::read_leniently(body.at("compose").get_ref<const std::string&>(),
                                 body.value("variables", std::map<std::string, std::string>{}),
                                 body.value("profiles", std::set<std::string>{}));
}

// Variables without a value keep the one that the service has.
std::set<std::string> take_kept(nlohmann::json& body) {
  std::set<std::string> out;
  const auto variables = body.find("envVars");
  if (variables == body.end() || !variables->is_object()) return out;
  for (auto i = variables->begin(); i != variables->end();) {
    const bool kept = i->is_null();
    if (kept) out.insert(i.key());
    i = kept ? variables->erase(i) : std::next(i);
  }
  return out;
}

model::awaited_state state_of(compose::condition until) {
  switch (until) {
    case compose::condition::started: return model::awaited_state::started;
    case compose::condition::healthy: return model::awaited_state::healthy;
    case compose::condition::completed: break;
  }
  return model::awaited_state::completed;
}

// Beside what is wrong with the file itself, so that all of it is told at once. Of the image that is missing there, or
// cannot be read, nothing is told twice.
void check_release_of(const api_state& api, const compose::service& from, nlohmann::json body,
                      std::vector<compose::finding>& wrong) {
  const bool whole = body.contains("image");
  if (!whole) body["image"] = "image";
  for (const auto& v : check_release_body(api, body)) {
    const auto detail = (v.pointer.empty() ? "" : v.pointer.substr(1) + ' ') + v.detail;
    if (whole || v.pointer != "/image")
      wrong.push_back({compose::place_of(from, v.pointer), "services." + from.name, detail});
  }
}

model::wanted_service wanted_of(const question& q, const compose::service& from, std::vector<compose::finding>& wrong) {
  model::wanted_service out;
  auto body = from.body;
  out.kept = take_kept(body);
  for (const auto& other : from.after) out.after.push_back({other.service, state_of(other.until), other.required});
  body["environmentId"] = "env_aaaaaaaaaaaaaaaa";  // the schema wants one; nobody reads it
  check_release_of(*q.api, from, body, wrong);
  if (!wrong.empty()) return out;
  q.api->schemas.fill_defaults(schema, body);
  out.spec = release_of(body);
  return out;
}

// Whether the schema's types are kept there.
bool is_volume(const nlohmann::json& one) {
  return one.is_object() && one.contains("name") && one["name"].is_string() &&
         one.value("readOnly", nlohmann::json(false)).is_boolean() &&
         one.value("shared", nlohmann::json(false)).is_boolean();
}

// Of two services each one volume's only writer: told here, where the file says it, and not only once it is applied.
void check_writers(const std::vector<compose::service>& all, std::vector<compose::finding>& wrong) {
  std::map<std::string, std::pair<std::string, bool>> writers;  // by volume: the first one, and whether it shares
  for (const auto& one : all) {
    const auto volumes = one.body.value("volumes", nlohmann::json::array());
    if (!volumes.is_array()) continue;
    for (std::size_t i = 0; i < volumes.size(); ++i) {
      const auto& volume = volumes[i];
      if (!is_volume(volume) || volume.value("readOnly", false)) continue;
      const auto name = volume.value("name", "");
      const bool shares = volume.value("shared", false);
      const auto [first, fresh] = writers.emplace(name, std::pair{one.name, shares});
      if (fresh || first->second.first == one.name || (first->second.second && shares)) continue;
      const auto pointer = "/volumes/" + std::to_string(i);
      wrong.push_back({compose::place_of(one, pointer), "services." + one.name,
                       pointer.substr(1) + " is written to by the service " + first->second.first +
                           ", too: write :ro where it is only read, or, in both, x-troupe: {volumes: [{name: " + name +
                           ", shared: true}]} where their programs can share the files"});
    }
  }
}

}  // namespace

desk::wanted_application wanted_of(question& q) {
  desk::wanted_application out;
  out.prune = q.body.value("prune", false);
  auto file = file_of(q);
  for (const auto& one : file.what.ignored)
    q.noted.push_back({{"line", one.at.line}, {"column", one.at.column}, {"key", one.key}, {"detail", one.detail}});
  for (const auto& service : file.what.services) out.services.push_back(wanted_of(q, service, file.wrong));
  check_writers(file.what.services, file.wrong);
  std::stable_sort(file.wrong.begin(), file.wrong.end(), [](const auto& a, const auto& b) { return a.at < b.at; });
  for (const auto& one : file.wrong)
    if (q.wrong.size() < compose::reading_limits{}.findings)
      q.wrong.push_back({"/compose", told_at(one.at, one.key, one.detail)});
  return out;
}

}  // namespace troupe::http::api
