#include "config/logging.hpp"
#include "http/api/answer.hpp"
#include "http/api/domain_text.hpp"
#include "http/api/handlers.hpp"
#include "http/api/listing.hpp"
#include "http/api/render.hpp"

namespace troupe::http::api {

namespace {

// There is none only where the server was started without Docker at all.
bool lacks_edge(front_pointer self, const call_ptr& c) {
  if (self->state.api->parts.edge) return false;
  refuse(self, c, {503, "This platform serves no public domains.", {}, 60});
  return true;
}

}  // namespace

void publish_environment(front_pointer self, const call_ptr& c) {
  const auto domain = domain_of(c->body.at("domain"));
  if (!domain)
    return refuse(
        self, c,
        {400,
         "The body breaks the rules listed in errors.",
         {{"/domain", "must be a host name such as shop.example.org: no wildcard, no address, no port, no path"}},
         0});
  with_environment(self, c, [self, c, domain = *domain](const actors::environment_view_ptr& view) {
    if (lacks_edge(self, c)) return;
    if (view->row.status != model::environment_status::active)
      return refuse(
          self, c,
          {409, "The environment is " + std::string(model::environment_status_texts[view->row.status]) + ".", {}, 0});
    auto& parts = self->state.api->parts;
    actors::publish_site wanted{c->who.user, view->row.id, domain, c->body.value("service", ""),
                                c->body.value("port", std::uint16_t{0})};
    log::info("domain asked for",
              {{"requestId", c->request_id}, {"environmentId", view->row.id.text}, {"domain", domain}});
    ask(self, c, parts.edge, parts.orchestrator_timeout, std::move(wanted),
        [self, c, view](const actors::site_view_ptr& site) {
          reply(self, c, {{"environment", render(view->row, site)}, {"domain", render(*site)}});
        });
  });
}

void unpublish_environment(front_pointer self, const call_ptr& c) {
  with_environment(self, c, [self, c](const actors::environment_view_ptr& view) {
    if (lacks_edge(self, c)) return;
    auto& parts = self->state.api->parts;
    ask(self, c, parts.edge, parts.orchestrator_timeout, actors::release_site{view->row.id},
        [self, c, view](const model::done&) {
          reply(self, c, {{"environment", render(view->row, nullptr)}});
        });
  });
}

}  // namespace troupe::http::api
