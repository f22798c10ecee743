#include "http/api/render_application.hpp"

#include <algorithm>

#include "actors/codec/release_json.hpp"
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

// What its reference leads to, of what is created or updated; of the rest the digest that it runs with.
json image_of(const model::planned_change& change, const desk::image_prospects& found) {
  json out{{"reference", change.spec.image.text()},
           {"digest", nullptr},
           {"platformFits", nullptr},
           {"here", nullptr},
           {"error", nullptr},
           {"unknown", nullptr}};
  const bool is_made = change.action && *change.action != model::step_action::remove;
  if (!is_made) {
    if (change.standing && change.standing->image) out["digest"] = change.standing->image->digest;
    return out;
  }
  const auto looked_up = found.find(desk::wish_of(change.spec));
  if (looked_up == found.end()) return out;
  const auto& image = looked_up->second;
  if (!image.unknown.empty()) {
    out["unknown"] = image.unknown;
    return out;
  }
  if (!image.digest.empty()) {
    out["digest"] = image.digest;
    out["here"] = image.here;
  }
  if (image.fits) out["platformFits"] = *image.fits;
  if (const auto& fault = image.fault)
    out["error"] = {{"code", model::failure_code_texts[fault->code]},
                    {"message", fault->message},
                    {"hint", fault->hint},
                    {"retryable", model::is_retryable(fault->code)}};
  return out;
}

json render(const model::plan_conflict& one) {
  const auto or_null = [](const std::string& text) { return text.empty() ? json() : json(text); };
  return {{"service", or_null(one.service)},
          {"kind", model::conflict_kind_texts[one.kind]},
          {"field", or_null(one.pointer)},
          {"detail", one.detail},
          {"certain", one.is_certain}};
}

json render(const model::planned_change& change, const desk::image_prospects& images) {
  auto fields = json::array();
  if (change.action == model::step_action::update) compare("", told(change.standing->spec), told(change.spec), fields);
  json out{{"service", change.service},
           {"action", change.action ? model::step_action_texts[*change.action] : "unchanged"},
           {"image", image_of(change, images)},
           {"fields", std::move(fields)},
           {"after", change.after},
           {"downtime", downtime_of(change)},
           {"deploymentId", change.standing ? json(change.standing->id.text) : json()},
           {"warnings", json::array()}};
  if (change.action != model::step_action::update) return out;
  out["warnings"] = model::dropped_since(change.standing->spec, change.spec);
  if (change.standing->wanted == model::intent::stop) out["warnings"].push_back("It is stopped, and is started.");
  return out;
}

compose::condition condition_of(model::awaited_state until) {
  switch (until) {
    case model::awaited_state::started: return compose::condition::started;
    case model::awaited_state::healthy: return compose::condition::healthy;
    case model::awaited_state::completed: break;
  }
  return compose::condition::completed;
}

}  // namespace

json render(const desk::planned_application& planned) {
  auto changes = json::array(), conflicts = json::array();
  for (const auto& change : planned.plan.changes) changes.push_back(render(change, planned.images));
  for (const auto& one : planned.conflicts) conflicts.push_back(render(one));
  return {{"changes", std::move(changes)}, {"conflicts", std::move(conflicts)}};
}

std::string compose_text_of(const std::vector<model::wanted_service>& standing) {
  compose::application out;
  for (const auto& one : standing) {
    auto body = render_spec(one.spec);
    drop_nulls(body);
    // How a port is published is nothing to say of one that is not.
    for (auto& port : body["ports"])
      if (!port.contains("host") && port.value("mode", "") == "host") port.erase("mode");
    body["envVars"] = json::object();
    for (const auto& name : one.kept) body["envVars"][name] = nullptr;
    auto& service = out.services.emplace_back();
    service.name = one.spec.service;
    service.body = std::move(body);
    for (const auto& other : one.after)
      service.after.push_back({other.service, condition_of(other.until), other.required});
  }
  return compose::write(out);
}

}  // namespace troupe::http::api
