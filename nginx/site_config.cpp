#include "nginx/site_config.hpp"

#include <stdexcept>

#include "actors/model/domain_name.hpp"
#include "actors/model/object_names.hpp"
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

}  // namespace

std::string render_site(const model::site& site, const std::optional<model::site_target>& target,
                        const std::string& platform_upstream) {
  // Checked where it came in; but from here on it speaks to nginx.
  if (model::canonical_domain(site.domain) != site.domain || !model::parse_id<model::site_id>(site.id.text))
    throw std::invalid_argument("site '" + site.id.text + "' with domain '" + site.domain + "'");
  std::string upstream;
  const char* name = "site-http.conf.in";
  if (site.certificate && model::is_platform(site)) {
    name = "platform.conf.in";
    upstream = platform_upstream;
  } else if (site.certificate && target) {
    name = "site-https.conf.in";
    upstream = upstream_of(site, *target);
  } else if (site.certificate) {
    name = "site-idle.conf.in";
  }
  // A new certificate is another text, so that nginx is told to load it.
  const auto until =
      site.certificate
          ? std::chrono::floor<std::chrono::seconds>(site.certificate->not_after.time_since_epoch()).count()
          : 0;
  return "# " + site.id.text + ", certificate until " + std::to_string(until) + '\n' +
         fill_template(site_templates().at(name),
                       {{"id", site.id.text}, {"domain", site.domain}, {"upstream", upstream}});
}

}  // namespace troupe::nginx
