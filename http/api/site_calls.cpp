#include "http/api/domain_text.hpp"
#include "http/api/render.hpp"
#include "http/api/translations.hpp"

namespace troupe::http::api {

void read(question& q, desk::publish_environment& out) {
  out.environment = model::parse_id<model::environment_id>(q.id).value_or(model::environment_id{});
  out.service = q.body.value("service", "");
  out.port = q.body.value("port", std::uint16_t{0});
  out.replace = q.body.value("replace", false);
  if (auto domain = domain_of(q.body.at("domain")))
    out.domain = std::move(*domain);
  else
    q.wrong.push_back(
        {"/domain", "must be a host name such as shop.example.org: no wildcard, no address, no port, no path"});
}

response shown(const desk::publish_environment&, const desk::published_environment& found) {
  return json_response({{"environment", render(found.environment->row, found.site)}, {"domain", render(*found.site)}});
}

void read(question& q, desk::unpublish_environment& out) {
  out.environment = model::parse_id<model::environment_id>(q.id).value_or(model::environment_id{});
}

response shown(const desk::unpublish_environment&, const actors::environment_view_ptr& view) {
  return json_response({{"environment", render(view->row, nullptr)}});
}

}  // namespace troupe::http::api
