#include "http/api/render.hpp"

#include <algorithm>

#include "actors/codec/failure_json.hpp"
#include "actors/codec/release_json.hpp"
#include "actors/codec/site_json.hpp"
#include "actors/codec/timestamp_text.hpp"
#include "actors/model/security_preset.hpp"
#include "actors/model/service_addresses.hpp"
#include "actors/model/service_id.hpp"
#include "http/api/json_decode.hpp"

namespace troupe::http::api {

using nlohmann::json;

namespace {

json moment(const std::optional<model::timestamp>& at) {
  return at ? json(codec::timestamp_text(*at)) : json();
}
json text_or_null(const std::string& text) {
  return text.empty() ? json() : json(text);
}
json ids_of(const std::vector<model::environment_id>& ids) {
  json out = json::array();
  for (const auto& id : ids) out.push_back(id.text);
  return out;
}
json failure_or_null(const std::optional<model::failure>& f) {
  return f ? codec::to_json(*f) : json();
}

json render_ports(const model::release_spec& spec, const std::vector<model::task_observation>& tasks) {
  json out = json::array();
  for (const auto& port : spec.ports) {
    const bool bound =
        port.host && std::any_of(tasks.begin(), tasks.end(), [&](const auto& task) {
          return task.phase == model::task_phase::running &&
                 std::find(task.published.begin(), task.published.end(), *port.host) != task.published.end();
        });
    out.push_back({{"container", port.container},
                   {"host", port.host ? json(*port.host) : json()},
                   {"protocol", model::port_protocol_texts[port.protocol]},
                   {"mode", model::port_mode_texts[port.mode]},
                   {"bound", bound}});
  }
  return out;
}

// What was seen last of a release that is over is from before its end: its containers have ended, or are about to.
std::vector<model::task_observation> as_they_are(const model::deployment& row,
                                                 std::vector<model::task_observation> tasks) {
  if (model::is_final(row.status))
    for (auto& task : tasks) task.phase = model::task_phase::ended;
  return tasks;
}

json render_effective(const model::security& asked) {
  return {{"preset", model::security_preset_texts[model::preset_of(asked)]},
          {"readOnlyRootFilesystem", model::has_read_only_root(asked)},
          {"capabilities", model::capabilities_of(asked)},
          {"user", nullptr}};
}

json waited_for(const model::engine_reach& reach) {
  return {{"what", "Docker Engine"},
          {"since", codec::timestamp_text(reach.since)},
          {"lastAnswer", text_or_null(reach.last_answer)}};
}

json render_deployment(const model::deployment& row, const std::vector<model::task_observation>& last_seen,
                       int pull_percent, const std::optional<model::engine_reach>& waits = {}) {
  const auto tasks = as_they_are(row, last_seen);
  json out = render_spec(row.spec);
  out.erase("tag");
  out["image"] = row.spec.image.text();
  out["ports"] = render_ports(row.spec, tasks);
  auto warnings = row.warnings;
  if (row.image) {
    for (const auto& v : row.image->volumes) out["volumes"].push_back(codec::to_json(v));
    out["security"]["effective"] = render_effective(model::effective(row.spec.security, row.image));
    out["security"]["effective"]["user"] = std::to_string(row.image->uid) + ':' + std::to_string(row.image->gid);
    warnings.insert(warnings.end(), row.image->warnings.begin(), row.image->warnings.end());
  }
  out["warnings"] = std::move(warnings);
  out["id"] = row.id.text;
  out["jobId"] = row.job.text;
  out["environmentId"] = row.environment.text;
  out["serviceId"] = model::service_id{row.environment, row.spec.service}.text();
  out["number"] = row.number;
  out["status"] = model::deployment_status_texts[row.status];
  out["wanted"] = model::intent_texts[row.wanted];
  const bool running = row.status == model::deployment_status::running;
  out["health"] = render_health(row);
  out["healthReason"] = running && row.health.degraded ? json(row.health.reason) : json();
  out["degradedSince"] = running && row.health.degraded ? moment(row.health.since) : json();
  out["settled"] = model::is_settled(row);
  out["restarts"] = row.spec.job ? row.generation : row.crashes.count;
  out["lastRestartAt"] = row.crashes.recent.empty() ? json() : moment(row.crashes.recent.back().at);
  out["pullPercent"] =
      row.status == model::deployment_status::pulling_image && pull_percent >= 0 ? json(pull_percent) : json();
  out["waitsFor"] = waits ? waited_for(*waits) : json();
  out["imageDigest"] = row.image ? text_or_null(row.image->digest) : json();
  json containers = json::array();
  for (const auto& task : tasks) containers.push_back(render(task));
  out["containers"] = std::move(containers);
  out["error"] = failure_or_null(row.error);
  out["errorMessage"] = row.error ? json(row.error->message) : json();
  out["rolledBackTo"] = row.rolled_back_to ? json(row.rolled_back_to->text) : json();
  out["rollbackOf"] = row.rollback_of ? json(row.rollback_of->text) : json();
  out["createdAt"] = codec::timestamp_text(row.created_at);
  out["updatedAt"] = codec::timestamp_text(row.updated_at);
  out["runningSince"] = moment(row.running_since);
  return out;
}

void null_if_absent(json& of, std::initializer_list<const char*> members) {
  for (const char* name : members)
    if (!of.contains(name)) of[name] = nullptr;
}

// As the body that asks for it: what was chosen is not in it.
json render_asked(const model::site& row) {
  auto out = codec::to_json(row.settings);
  null_if_absent(out, {"redirectTo"});
  out["service"] = row.pinned ? json(row.service) : json();
  out["port"] = row.port == 0 ? json() : json(row.port);
  auto& paths = out["paths"] = json::array();
  for (auto path : row.paths) {
    path.chosen_port = 0;
    paths.push_back(codec::to_json(path));
  }
  return out;
}

}  // namespace

json render_spec(const model::release_spec& spec) {
  json out = codec::to_json(spec);
  json names = json::array();
  for (const auto& [name, value] : spec.env) names.push_back(name);
  out["envVars"] = std::move(names);
  null_if_absent(
      out, {"healthCheck", "init", "stopGracePeriodSeconds", "stopSignal", "hostname", "workingDir", "shmSizeMb"});
  if (spec.job)
    null_if_absent(out, {"restartPolicy", "update"});
  else
    null_if_absent(out["update"], {"order"});
  out.emplace("kind", "service");
  null_if_absent(out, {"backoffLimit", "deadlineSeconds"});
  auto& security = out["security"];
  null_if_absent(security, {"readOnlyRootFilesystem", "capabilities"});
  security["effective"] = render_effective(spec.security);
  return out;
}

json render_health(const model::deployment& row) {
  if (row.status != model::deployment_status::running) return {};
  return row.health.degraded ? "degraded" : "ok";
}

json render(const actors::site_view& view) {
  const auto& row = view.row;
  const auto& detail = row.detail.empty() ? view.note : row.detail;
  return {{"name", row.domain},
          {"status", model::site_status_texts[row.status]},
          {"detail", text_or_null(detail)},
          {"service", text_or_null(row.service)},
          {"port", row.port == 0 ? json() : json(row.port)},
          {"spec", render_asked(row)},
          {"nextTryAt", moment(row.next_try)},
          {"certificateExpiresAt", row.certificate ? moment(row.certificate->not_after) : json()}};
}

json render(const actors::site_views_ptr& all) {
  json out = json::array();
  if (all)
    for (const auto& site : *all) out.push_back(render(*site));
  return out;
}

json render(const model::environment& row, const actors::site_views_ptr& sites) {
  auto domains = render(sites);
  return {{"id", row.id.text},
          {"name", row.name},
          {"overlayNetworkId", text_or_null(row.network_id)},
          {"status", model::environment_status_texts[row.status]},
          {"domain", domains.empty() ? json() : domains.front()},
          {"domains", domains},
          {"createdAt", codec::timestamp_text(row.created_at)}};
}

json render(const actors::environment_view& view) {
  json out = render(view.row, view.sites);
  auto& deployments = out["deployments"] = json::array();
  for (const auto& d : view.deployments)
    deployments.push_back({{"id", d.id.text},
                           {"name", d.service},
                           {"image", d.image},
                           {"status", model::deployment_status_texts[d.status]}});
  auto& volumes = out["volumes"] = json::array();
  for (const auto& name : view.volumes) volumes.push_back({{"name", name}});
  return out;
}

json render(const actors::deployment_view& view, const place& at) {
  auto out = render_deployment(view.row, view.containers, view.pull_percent, view.waits);
  out.update(render_addresses(view.row.spec, at));
  return out;
}

json render_addresses(const model::release_spec& spec, const place& at) {
  json addresses = json::array(), url;
  auto all = model::addresses_of(spec, at.host);
  if (at.sites)
    for (const auto& site : *at.sites) model::add_addresses(spec.service, site->row, all);
  for (const auto& one : all) {
    addresses.push_back({{"kind", model::address_kind_texts[one.kind]}, {"address", one.text}});
    if (one.kind == model::address_kind::domain && url.is_null()) url = one.text;
  }
  return {{"addresses", std::move(addresses)}, {"url", std::move(url)}};
}

json render(const model::task_observation& task) {
  return {{"name", task.name},
          {"status", model::task_phase_texts[task.phase]},
          {"node", task.node},
          {"startedAt", moment(task.started_at)},
          {"exitCode", task.exit_code ? json(*task.exit_code) : json()},
          {"error", failure_or_null(task.trouble)}};
}

json render(const model::api_key& key) {
  return {{"keyId", key.key_id},
          {"name", key.name},
          {"scopes", key.scopes.texts()},
          {"environmentIds", ids_of(key.environments)},
          {"createdAt", codec::timestamp_text(key.created_at)},
          {"lastUsedAt", moment(key.last_used_at)},
          {"expiresAt", moment(key.expires_at)}};
}

json render(const desk::account& who) {
  const auto& limit = who.deployments;
  return {{"user", who.user.text},
          {"keyId", text_or_null(who.key_id)},
          {"keyName", text_or_null(who.key_name)},
          {"scopes", who.scopes.texts()},
          {"environmentIds", ids_of(who.environments)},
          {"deploymentsPerMinute", {{"limit", limit.limit}, {"used", limit.limit - limit.remaining}}}};
}

json render(const actors::log_line& line) {
  return {{"timestamp", codec::timestamp_text(line.at)},
          {"stream", line.gap         ? "gap"
                     : line.is_stderr ? "stderr"
                                      : "stdout"},
          {"container", line.container},
          {"deploymentId", text_or_null(line.deployment.text)},
          {"message", line.message}};
}

json render(const model::transition& t, std::int64_t duration_ms) {
  return {{"id", t.revision},
          {"status", model::deployment_status_texts[t.status]},
          {"time", codec::timestamp_text(t.at)},
          {"durationMs", duration_ms},
          {"detail", t.detail},
          {"count", t.count},
          {"firstTime", codec::timestamp_text(t.first_at)}};
}

std::shared_ptr<const std::string> answer_of(const actors::environment_view& view) {
  if (auto made = view.json.get()) return made;
  return view.json.set(encode_json({{"environment", render(view)}}));
}
std::shared_ptr<const std::string> answer_of(const actors::deployment_view& view, const place& at) {
  if (auto made = view.json.get(at.sites)) return made;
  return view.json.set(encode_json({{"deployment", render(view, at)}}), at.sites);
}

std::string plain_line(const actors::log_line& line) {
  std::string out;
  out.reserve(line.message.size() + 1);
  std::copy_if(line.message.begin(), line.message.end(), std::back_inserter(out), [](char c) { return c != '\0'; });
  while (!out.empty() && (out.back() == '\n' || out.back() == '\r')) out.pop_back();
  return out + '\n';
}

std::string sse_event(std::string_view event, std::string_view id, std::string_view data) {
  std::string out;
  if (!id.empty()) ((out += "id: ") += id) += '\n';
  ((out += "event: ") += event) += '\n';
  ((out += "data: ") += data) += "\n\n";
  return out;
}

}  // namespace troupe::http::api
