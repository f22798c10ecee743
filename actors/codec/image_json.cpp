#include "actors/codec/image_json.hpp"

#include "actors/codec/fields.hpp"
#include "actors/codec/release_json.hpp"

namespace troupe::codec {

using nlohmann::json;

json to_json(const model::resolved_image& image) {
  json scratch = json::array();
  for (const auto& s : image.scratch) {
    json one{{"path", s.path}, {"owned", s.owned}, {"sizeMb", s.size_mb}, {"exec", s.exec}, {"copied", s.copied}};
    if (const auto& m = s.made) one["made"] = {{"uid", m->uid}, {"gid", m->gid}, {"mode", m->mode}};
    scratch.push_back(std::move(one));
  }
  json volumes = json::array();
  for (const auto& v : image.volumes) volumes.push_back(to_json(v));
  json out{{"pinned", image.pinned},
           {"digest", image.digest},
           {"uid", image.uid},
           {"gid", image.gid},
           {"scratch", std::move(scratch)},
           {"hasHealthCheck", image.has_health_check},
           {"note", image.note},
           {"volumes", std::move(volumes)},
           {"warnings", image.warnings},
           {"prober", image.prober},
           {"holdSeconds", image.hold_seconds},
           {"startsWithInit", image.starts_with_init},
           {"rules", model::house_rules_texts[image.rules]},
           {"groups", image.groups},
           {"home", image.home},
           {"check",
            {{"interval", image.check.interval_seconds},
             {"timeout", image.check.timeout_seconds},
             {"retries", image.check.retries},
             {"startPeriod", image.check.start_period_seconds},
             {"adjusted", image.check.adjusted}}}};
  if (image.preset) out["preset"] = model::security_preset_texts[*image.preset];
  return out;
}

model::resolved_image resolved_image_from_json(const json& in) {
  model::resolved_image out;
  take(in, "pinned", out.pinned);
  take(in, "digest", out.digest);
  take(in, "uid", out.uid);
  take(in, "gid", out.gid);
  take_list(in, "scratch", out.scratch, [](const json& s) {
    model::scratch_directory dir{s.at("path").get<std::string>(), s.at("owned").get<bool>()};
    take(s, "sizeMb", dir.size_mb);
    take(s, "exec", dir.exec);
    take(s, "copied", dir.copied);
    if (const auto made = s.find("made"); made != s.end()) {
      auto& owner = dir.made.emplace();
      take(*made, "uid", owner.uid);
      take(*made, "gid", owner.gid);
      take(*made, "mode", owner.mode);
    }
    return dir;
  });
  take(in, "hasHealthCheck", out.has_health_check);
  take(in, "note", out.note);
  take_list(in, "volumes", out.volumes, volume_mount_from_json);
  take(in, "warnings", out.warnings);
  take(in, "prober", out.prober);
  take(in, "holdSeconds", out.hold_seconds);
  take(in, "startsWithInit", out.starts_with_init);
  take(in, "rules", out.rules, model::house_rules_texts);
  take(in, "groups", out.groups);
  take(in, "home", out.home);
  take(in, "preset", out.preset, model::security_preset_texts);
  if (const auto check = in.find("check"); check != in.end()) {
    take(*check, "interval", out.check.interval_seconds);
    take(*check, "timeout", out.check.timeout_seconds);
    take(*check, "retries", out.check.retries);
    take(*check, "startPeriod", out.check.start_period_seconds);
    take(*check, "adjusted", out.check.adjusted);
  }
  return out;
}

}  // namespace troupe::codec
