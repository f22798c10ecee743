#include "actors/desk/sites.hpp"

#include <algorithm>

#include "actors/desk/admission.hpp"

namespace troupe::desk {

namespace {

// There is none only where the server was started without Docker at all.
refusal no_edge() {
  return {cause::unavailable, "This platform serves no public domains.", 60};
}

actors::site_views_ptr domains_of(const task& t) {
  return t.parts().board->find_sites(t.of->environment->row.id);
}

bool has(const actors::site_views_ptr& all, const std::string& domain) {
  return all && std::any_of(all->begin(), all->end(), [&](const auto& v) { return v->row.domain == domain; });
}

// Another name of the environment's; "": it has no other.
std::string other_than(const std::string& domain, const actors::site_views_ptr& all) {
  if (!all) return {};
  const auto found = std::find_if(all->begin(), all->end(), [&](const auto& v) { return v->row.domain != domain; });
  return found == all->end() ? "" : (*found)->row.domain;
}

void publish(const task& t, actors::publish_site what, answer_to<published_environment> then) {
  const auto& parts = t.parts();
  const auto& view = t.of->environment;
  if (!parts.edge) return then(no_edge());
  if (view->row.status != model::environment_status::active)
    return then(refusal{cause::conflict,
                        "The environment is " + std::string(model::environment_status_texts[view->row.status]) + "."});
  what.owner = t.of->who.user;
  what.environment = view->row.id;
  ask(
      t.self, parts.edge, parts.orchestrator_timeout, std::move(what),
      [then, view, board = parts.board](const actors::site_view_ptr& site) {
        then(published_environment{view, site, board->find_sites(view->row.id)});
      },
      then);
}

}  // namespace

void perform(const task& t, const list_domains&, answer_to<actors::site_views_ptr> then) {
  then(domains_of(t));
}

void perform(const task& t, const publish_environment& what, answer_to<published_environment> then) {
  if (const auto other = other_than(what.domain, domains_of(t)); !other.empty() && !what.replace)
    return then(refusal{cause::conflict, "The environment answers for " + other +
                                             " already. Send `replace` as true to put " + what.domain +
                                             " in its place; or PUT /environments/" + what.environment.text +
                                             "/domains/" + what.domain + " to have both."});
  publish(t, {{}, {}, what.domain, what.service, what.port, true, {}}, then);
}

void perform(const task& t, const put_domain& what, answer_to<published_environment> then) {
  publish(t, {{}, {}, what.domain, what.service, what.port, false, what.wishes}, then);
}

void perform(const task& t, const unpublish_environment&, answer_to<actors::environment_view_ptr> then) {
  const auto& parts = t.parts();
  const auto& view = t.of->environment;
  if (!parts.edge) return then(no_edge());
  ask(
      t.self, parts.edge, parts.orchestrator_timeout, actors::release_site{view->row.id, {}},
      [then, view](const model::done&) { then(view); }, then);
}

void perform(const task& t, const delete_domain& what, answer_to<published_environment> then) {
  const auto& parts = t.parts();
  const auto& view = t.of->environment;
  if (!parts.edge) return then(no_edge());
  if (!has(domains_of(t), what.domain)) return then(no_such_object());
  ask(
      t.self, parts.edge, parts.orchestrator_timeout, actors::release_site{view->row.id, what.domain},
      [then, view, board = parts.board](const model::done&) {
        then(published_environment{view, nullptr, board->find_sites(view->row.id)});
      },
      then);
}

}  // namespace troupe::desk
