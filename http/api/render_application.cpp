#include "http/api/render_application.hpp"

#include <algorithm>

#include "actors/codec/release_json.hpp"
#include "actors/codec/timestamp_text.hpp"
#include "actors/model/release_changes.hpp"
#include "actors/model/rollout.hpp"
#include "actors/secrets/hex.hpp"
#include "actors/secrets/keyed_hash.hpp"
#include "http/api/json_decode.hpp"
#include "http/api/render.hpp"
#include "http/compose/write.hpp"

namespace troupe::http::api {

namespace {

using nlohmann::json;

// The same text for the same value of the same variable, as long as the process lives: it tells of a change, and not
// what else has this value.
std::string fingerprint_of(const std::string& of, const std::string& value) {
  static const secrets::keyed_hash hash;
  return "hidden:" + secrets::hex(hash(of + '\0' + value)).substr(0, 8);
}

json told(const model::release_spec& spec) {
  auto out = codec::to_json(spec);
  for (auto& [name, value] : out["envVars"].items())
    value = fingerprint_of(spec.service + '=' + name, value.get_ref<const std::string&>());
  return out;
}

bool descends(const json& value) {
  return value.is_object() && !value.empty();
}

void compare(const std::string& pointer, const json& from, const json& to, json& out) {
  if (from == to) return;
  if (!descends(from) || !descends(to)) {
    out.push_back({{"field", pointer}, {"from", from}, {"to", to}});
    return;
  }
  const auto member = [](const json& of, const std::string& name) {
    const auto found = of.find(name);
    return found == of.end() ? json() : *found;
  };
  for (const auto& [name, value] : from.items()) compare(pointer_to(pointer, name), value, member(to, name), out);
  for (const auto& [name, value] : to.items())
    if (!from.contains(name)) compare(pointer_to(pointer, name), json(), value, out);
}

model::service_plan service_of(const model::planned_change& change) {
  auto row = *change.standing;
  row.spec = change.spec;
  return model::plan_of(row);
}

// How long nobody answers: with a container of before beside the new one, not at all.
json downtime_of(const model::planned_change& change) {
  if (change.action != model::step_action::update) return nullptr;
  if (!change.standing->image || !model::stops_first(service_of(change)))
    return {{"expected", false}, {"why", nullptr}};
  const auto& spec = change.spec;
  const bool port = std::any_of(spec.ports.begin(), spec.ports.end(), [](const auto& p) { return p.host.has_value(); });
  const char* why = spec.update.order == model::update_order::stop_first ? "update.order is stop-first"
                    : port ? "it publishes a host port, which one container holds at a time"
                           : "it writes to a volume, which one container does at a time";
  return {{"expected", true}, {"why", why}};
}

json render(const model::planned_change& change) {
  auto fields = json::array();
  if (change.action == model::step_action::update) compare("", told(change.standing->spec), told(change.spec), fields);
  json out{{"service", change.service},
           {"action", change.action ? model::step_action_texts[*change.action] : "unchanged"},
           {"image", change.spec.image.text()},
           {"fields", std::move(fields)},
           {"after", change.after},
           {"downtime", downtime_of(change)},
           {"deploymentId", change.standing ? json(change.standing->id.text) : json()},
           {"warnings", json::array()}};
  if (change.action == model::step_action::update)
    out["warnings"] = model::dropped_since(change.standing->spec, change.spec);
  return out;
}

json render(const model::application_step& step, const actors::board& on) {
  const auto view =
      on.find(step.status == model::step_status::rolling_back && step.before ? step.undo : step.deployment);
  return {{"service", step.service},
          {"action", model::step_action_texts[step.action]},
          {"status", model::step_status_texts[step.status]},
          {"after", step.after},
          {"deploymentId", step.deployment.text},
          {"jobId", step.job.text},
          {"deploymentStatus", view ? json(model::deployment_status_texts[view->row.status]) : json()},
          {"detail", step.detail.empty() ? json() : json(step.detail)}};
}

}  // namespace

json render(const model::application_plan& plan) {
  auto changes = json::array();
  for (const auto& change : plan.changes) changes.push_back(render(change));
  return {{"changes", std::move(changes)}};
}

json render(const model::application& row, const actors::board& on) {
  auto steps = json::array();
  for (const auto& step : row.steps) steps.push_back(render(step, on));
  return {{"id", row.id.text},
          {"environmentId", row.environment.text},
          {"status", model::apply_status_texts[row.status]},
          {"onFailure", model::failure_policy_texts[row.on_failure]},
          {"detail", row.detail.empty() ? json() : json(row.detail)},
          {"steps", std::move(steps)},
          {"createdAt", codec::timestamp_text(row.created_at)},
          {"updatedAt", codec::timestamp_text(row.updated_at)}};
}

std::string compose_text_of(const std::vector<model::release_spec>& specs) {
  compose::application out;
  for (const auto& spec : specs) {
    auto body = render_spec(spec);
    drop_nulls(body);
    body["envVars"] = json::object();
    for (const auto& [name, value] : spec.env) body["envVars"][name] = nullptr;
    out.services.push_back({spec.service, std::move(body), {}, {}});
  }
  return compose::write(out);
}

}  // namespace troupe::http::api
