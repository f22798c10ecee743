#include "actors/codec/site_json.hpp"

#include "actors/codec/fields.hpp"

namespace troupe::codec {

using nlohmann::json;

json to_json(const model::site_settings& s) {
  json out{{"maxBodyMb", s.max_body_mb},
           {"timeoutSeconds", s.timeout_seconds},
           {"strictTransportSecurity", s.strict_transport_security},
           {"frameOptions", model::frame_policy_texts[s.frames]},
           {"underscoresInHeaders", s.underscores_in_headers}};
  if (!s.redirect_to.empty()) out["redirectTo"] = s.redirect_to;
  return out;
}

model::site_settings site_settings_from_json(const json& in) {
  model::site_settings out;
  take(in, "maxBodyMb", out.max_body_mb);
  take(in, "timeoutSeconds", out.timeout_seconds);
  take(in, "strictTransportSecurity", out.strict_transport_security);
  take(in, "frameOptions", out.frames, model::frame_policy_texts);
  take(in, "underscoresInHeaders", out.underscores_in_headers);
  take(in, "redirectTo", out.redirect_to);
  return out;
}

json to_json(const model::site_path& p) {
  json out{{"path", p.path}, {"service", p.service}};
  if (p.port != 0) out["port"] = p.port;
  if (p.chosen_port != 0) out["chosenPort"] = p.chosen_port;
  return out;
}

std::vector<model::site_path> site_paths_from_json(const json& in) {
  std::vector<model::site_path> out;
  take_list(in, "paths", out, [](const json& p) {
    model::site_path path{p.at("path").get<std::string>(), p.at("service").get<std::string>()};
    take(p, "port", path.port);
    take(p, "chosenPort", path.chosen_port);
    return path;
  });
  return out;
}

}  // namespace troupe::codec
