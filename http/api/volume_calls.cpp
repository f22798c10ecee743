#include "actors/codec/timestamp_text.hpp"
#include "actors/model/volume_use.hpp"
#include "http/api/translations.hpp"

namespace troupe::http::api {

namespace {

using nlohmann::json;

json moment_or_null(const std::optional<model::timestamp>& at) {
  return at ? json(codec::timestamp_text(*at)) : json();
}

json render(const desk::shown_volume& shown) {
  const auto& v = shown.volume;
  json used_by = json::array();
  for (const auto& use : shown.used_by)
    used_by.push_back({{"deploymentId", use.deployment.text},
                       {"service", use.service},
                       {"status", model::deployment_status_texts[use.status]},
                       {"mountPath", use.mount_path},
                       {"readOnly", use.read_only}});
  return {{"name", v.name},
          {"kind", model::is_own_volume(v.name) ? "auto" : "named"},
          {"exists", shown.exists},
          {"since", moment_or_null(v.since)},
          {"sizeBytes", v.bytes ? json(*v.bytes) : json()},
          {"measuredAt", moment_or_null(v.measured)},
          {"usedBy", std::move(used_by)}};
}

// As a name in a path: what has no name's form is never found.
bool is_volume_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") ==
             std::string_view::npos;
}

}  // namespace

void read(question& q, desk::list_volumes& out) {
  out.environment = id_of<model::environment_id>(q.id);
}

response shown(const desk::list_volumes&, const std::vector<desk::shown_volume>& all) {
  json list = json::array();
  for (const auto& one : all) list.push_back(render(one));
  return json_response({{"volumes", std::move(list)}});
}

void read(question& q, desk::delete_volume& out) {
  if (!is_volume_name(q.second)) return;
  out.environment = id_of<model::environment_id>(q.id);
  out.name = q.second;
  if (q.values.text("confirm") != out.name)
    q.values.refuse("confirm", "must be the volume's name, as its data are lost for good: ?confirm=" + out.name);
}

response shown(const desk::delete_volume& what, const model::done&) {
  return json_response({{"deleted", what.name}});
}

}  // namespace troupe::http::api
