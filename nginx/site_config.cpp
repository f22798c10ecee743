#include "nginx/site_config.hpp"

#include <algorithm>
#include <stdexcept>

#include "actors/model/domain_name.hpp"
#include "actors/model/object_names.hpp"
#include "actors/model/site_path.hpp"
#include "nginx/template_text.hpp"

namespace troupe::nginx {

namespace {

// Docker's DNS: the addresses of the service's healthy tasks, asked of this environment's network alone. Without the
// network's name it would ask every network that the edge is on, and in his own a tenant may have named a service after
// this one.
std::string upstream_of(const model::site& site, const model::site_target& target) {
  using namespace model::object_names;
  return "tasks." + service(site.environment, target.service) + '.' + network(site.environment) + ':' +
         std::to_string(target.port);
}

// Checked where it came in; but from here on it speaks to nginx.
void insist_on(const model::site& site) {
  const auto& to = site.settings.redirect_to;
  const bool good =
      model::canonical_domain(site.domain) == site.domain && model::parse_id<model::site_id>(site.id.text) &&
      (to.empty() || model::canonical_domain(to) == to) &&
      std::all_of(site.paths.begin(), site.paths.end(), [](const auto& p) { return model::is_site_path(p.path); });
  if (!good) throw std::invalid_argument("site '" + site.id.text + "' with domain '" + site.domain + "'");
}

std::string answer_of(const model::site& site, const std::optional<model::site_target>& target) {
  if (target) return "set $edge_upstream " + upstream_of(site, *target) + "; proxy_pass http://$edge_upstream;";
  return "default_type text/plain; set $edge_retry_after 10; return 503 \"Nothing is deployed at this address.\\n\";";
}

std::string location(const std::string& match, const std::string& answer) {
  return "  location " + match + " { " + answer + " }\n";
}

std::string locations_of(const model::site& site, const model::site_targets& targets) {
  const auto& to = site.settings.redirect_to;
  if (!to.empty()) return location("/", "return 308 https://" + to + "$request_uri;");
  std::string out;
  for (std::size_t i = 0; i < site.paths.size(); ++i) {
    const auto answer = answer_of(site, i < targets.paths.size() ? targets.paths[i] : std::nullopt);
    out += location("= " + site.paths[i].path, answer) + location("^~ " + site.paths[i].path + '/', answer);
  }
  return out + location("/", answer_of(site, targets.root));
}

// What differs from what nginx.conf says of every site.
std::string settings_of(const model::site_settings& s) {
  const model::site_settings usual;
  std::string out;
  const auto say = [&out](const std::string& line) { out += "  " + line + ";\n"; };
  if (s.max_body_mb != usual.max_body_mb) say("client_max_body_size " + std::to_string(s.max_body_mb) + 'm');
  if (s.timeout_seconds != usual.timeout_seconds) say("proxy_read_timeout " + std::to_string(s.timeout_seconds) + 's');
  if (s.underscores_in_headers) say("underscores_in_headers on");
  if (!s.strict_transport_security) say("set $edge_plain_transport yes");
  if (s.frames != usual.frames) say("set $edge_frames " + std::string(model::frame_policy_texts[s.frames]));
  return out;
}

}  // namespace

std::string render_site(const model::site& site, const model::site_targets& targets,
                        const std::string& platform_upstream) {
  insist_on(site);
  const char* name = !site.certificate          ? "site-http.conf.in"
                     : model::is_platform(site) ? "platform.conf.in"
                                                : "site-https.conf.in";
  // A new certificate is another text, so that nginx is told to load it.
  const auto until =
      site.certificate
          ? std::chrono::floor<std::chrono::seconds>(site.certificate->not_after.time_since_epoch()).count()
          : 0;
  return "# " + site.id.text + ", certificate until " + std::to_string(until) + '\n' +
         fill_template(site_templates().at(name), {{"id", site.id.text},
                                                   {"domain", site.domain},
                                                   {"upstream", platform_upstream},
                                                   {"settings", settings_of(site.settings)},
                                                   {"locations", locations_of(site, targets)}});
}

}  // namespace troupe::nginx
