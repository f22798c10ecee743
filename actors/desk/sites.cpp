#include "actors/desk/sites.hpp"

#include "actors/desk/admission.hpp"

namespace troupe::desk {

namespace {

// There is none only where the server was started without Docker at all.
refusal no_edge() {
  return {cause::unavailable, "This platform serves no public domains.", 60};
}

}  // namespace

void perform(const task& t, const publish_environment& what, answer_to<published_environment> then) {
  const auto& parts = t.parts();
  const auto& view = t.of->environment;
  if (!parts.edge) return then(no_edge());
  if (view->row.status != model::environment_status::active)
    return then(refusal{cause::conflict,
                        "The environment is " + std::string(model::environment_status_texts[view->row.status]) + "."});
  const auto now = parts.board->find_site(view->row.id);
  if (now && now->row.domain != what.domain && !what.replace)
    return then(refusal{cause::conflict, "The environment answers for " + now->row.domain +
                                             " already. Send `replace` as true to put " + what.domain +
                                             " in its place."});
  ask(
      t.self, parts.edge, parts.orchestrator_timeout,
      actors::publish_site{t.of->who.user, view->row.id, what.domain, what.service, what.port},
      [then, view](const actors::site_view_ptr& site) {
        then(published_environment{view, site});
      },
      then);
}

void perform(const task& t, const unpublish_environment&, answer_to<actors::environment_view_ptr> then) {
  const auto& parts = t.parts();
  const auto& view = t.of->environment;
  if (!parts.edge) return then(no_edge());
  ask(
      t.self, parts.edge, parts.orchestrator_timeout, actors::release_site{view->row.id},
      [then, view](const model::done&) { then(view); }, then);
}

}  // namespace troupe::desk
