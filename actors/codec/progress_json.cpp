#include "actors/codec/progress_json.hpp"

#include "actors/codec/fields.hpp"

namespace troupe::codec {

using nlohmann::json;

namespace {

json to_json(const model::crash_record& record) {
  json recent = json::array();
  for (const auto& c : record.recent)
    recent.push_back({{"task", c.task}, {"slot", c.slot}, {"at", timestamp_text(c.at)}});
  json out{{"count", record.count}, {"recent", std::move(recent)}, {"lastWords", record.last_words}};
  put(out, "settled", record.settled);
  return out;
}

model::crash_record crash_record_from_json(const json& in) {
  model::crash_record out;
  take(in, "count", out.count);
  take(in, "lastWords", out.last_words);
  take(in, "settled", out.settled);
  for (const auto& each : in.at("recent")) {
    std::optional<model::timestamp> at;
    take(each, "at", at);
    out.recent.push_back({each.at("task"), each.at("slot"), at.value()});
  }
  return out;
}

}  // namespace

json progress_to_json(const model::deployment& d) {
  auto out = json::object();
  put(out, "due", d.due);
  put(out, "degradedSince", d.health.since);
  if (d.renewals != 0) out["renewals"] = d.renewals;
  if (d.begun) out["begun"] = true;
  if (!(d.crashes == model::crash_record{})) out["crashes"] = to_json(d.crashes);
  return out;
}

void progress_from_json(const json& in, model::deployment& d) {
  take(in, "due", d.due);
  take(in, "degradedSince", d.health.since);
  take(in, "renewals", d.renewals);
  take(in, "begun", d.begun);
  if (const auto found = in.find("crashes"); found != in.end()) d.crashes = crash_record_from_json(*found);
}

}  // namespace troupe::codec
