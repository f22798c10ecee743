#include "actors/desk/find.hpp"

#include <algorithm>

#include "actors/model/overloaded.hpp"
#include "actors/model/volume_use.hpp"

namespace troupe::desk {

namespace {

bool is_open_to(const model::caller& who, const model::environment& row) {
  return row.owner == who.user && who.may_see(row.id);
}
template <class Row>  // of something in an environment
bool is_open_to(const model::caller& who, const Row& row) {
  return row.owner == who.user && who.may_see(row.environment);
}

actors::environment_view_ptr view_of(const actors::living_rows& rows, const actors::board& board) {
  auto view = std::make_shared<actors::environment_view>();
  view->row = rows.environments.front();
  view->sites = board.find_sites(view->row.id);
  for (const auto& d : rows.deployments) {
    view->deployments.push_back({d.id, d.spec.service, d.spec.image.text(), d.status});
    for (const auto& volume : model::mounts_of(d.spec, d.image)) view->volumes.push_back(volume.name);
  }
  std::sort(view->volumes.begin(), view->volumes.end());
  view->volumes.erase(std::unique(view->volumes.begin(), view->volumes.end()), view->volumes.end());
  return view;
}

}  // namespace

actors::deployment_view_ptr view_of(const actors::stored_deployment& stored) {
  auto view = std::make_shared<actors::deployment_view>();
  view->row = stored.row;
  view->containers = stored.containers;
  return view;
}

namespace {

void find_environment(clerk self, const parts& with, const model::caller& who, const model::environment_id& id,
                      bool even_deleted, environment_found then, not_found fail) {
  if (id.empty()) return fail(no_such_object());
  if (const auto view = with.board->find(id); view && is_open_to(who, view->row)) return then(view);
  ask(
      self, with.database, with.database_timeout, actors::load_environment{id, who.user, even_deleted},
      [board = with.board, who, then = std::move(then), fail](const actors::living_rows& rows) {
        if (rows.environments.empty() || !is_open_to(who, rows.environments.front())) return fail(no_such_object());
        then(view_of(rows, *board));
      },
      fail);
}

void find_application(clerk self, const parts& with, const model::caller& who, const model::operation_id& id,
                      const operation_found& then, const not_found& fail) {
  if (const auto view = with.board->find(id); view && is_open_to(who, *view)) return then({.application = view});
  ask(
      self, with.database, with.database_timeout, actors::find_application{id, who.user},
      [self, with, who, then, fail](const actors::application_view_ptr& found) {
        if (!is_open_to(who, *found)) return fail(no_such_object());
        find_environment(
            self, with, who, found->environment, false,
            [then, found](const actors::environment_view_ptr&) { then({.application = found}); }, fail);
      },
      fail);
}

actors::site_view_ptr find_site(const actors::board& board, const model::domain_operation& what) {
  const auto all = board.find_sites(what.environment);
  if (!all) return nullptr;
  const auto found = std::find_if(all->begin(), all->end(), [&](const auto& v) { return v->row.id == what.site; });
  return found == all->end() ? nullptr : *found;
}

}  // namespace

void find_own(clerk self, const parts& with, const model::caller& who, const subject::environment& what,
              environment_found then, not_found fail) {
  find_environment(self, with, who, what.id, false, std::move(then), std::move(fail));
}

void find_own(clerk self, const parts& with, const model::caller& who, const subject::deployment& what,
              deployment_found then, not_found fail) {
  if (std::visit([](const auto& id) { return id.empty(); }, what.id)) return fail(no_such_object());
  if (const auto view = std::visit([&](const auto& id) { return with.board->find(id); }, what.id);
      view && is_open_to(who, view->row))
    return then(view);
  ask(
      self, with.database, with.database_timeout, actors::find_deployment{what.id, who.user},
      [self, with, who, then = std::move(then), fail](const actors::stored_deployment& stored) {
        if (!is_open_to(who, stored.row)) return fail(no_such_object());
        // What was in an environment is gone with it.
        find_own(
            self, with, who, subject::environment{stored.row.environment},
            [then, view = view_of(stored)](const actors::environment_view_ptr&) { then(view); }, fail);
      },
      fail);
}

void find_own(clerk self, const parts& with, const model::caller& who, const subject::service& what, service_found then,
              not_found fail) {
  if (what.id.empty()) return fail(no_such_object());
  ask(
      self, with.database, with.database_timeout,
      actors::list_deployments{who.user, what.id.environment, {}, service_history, what.id.name},
      [board = with.board, id = what.id, then = std::move(then),
       fail](const std::vector<actors::stored_deployment>& rows) {
        std::vector<actors::deployment_view_ptr> history;
        for (const auto& stored : rows) history.push_back(view_of(stored));
        const auto found = std::make_shared<const service_view>(service_of(id, *board, std::move(history)));
        found->exists() ? then(found) : fail(no_such_object());
      },
      fail);
}

void find_own(clerk self, const parts& with, const model::caller& who, const subject::operation& what,
              operation_found then, not_found fail) {
  if (!what.name) return fail(no_such_object());
  std::visit(model::overloaded{
                 [&](const model::operation_id& id) { find_application(self, with, who, id, then, fail); },
                 [&](const model::deployment_operation& o) {
                   find_own(
                       self, with, who, subject::deployment{o.deployment},
                       [then](const actors::deployment_view_ptr& view) { then({.deployment = view}); }, fail);
                 },
                 [&](const model::environment_operation& o) {
                   find_environment(
                       self, with, who, o.environment, o.deletes,
                       [then](const actors::environment_view_ptr& view) { then({.environment = view}); }, fail);
                 },
                 [&](const model::domain_operation& o) {
                   find_environment(
                       self, with, who, o.environment, false,
                       [then, fail, o, board = with.board](const actors::environment_view_ptr& view) {
                         const auto site = find_site(*board, o);
                         site ? then({.environment = view, .site = site}) : fail(no_such_object());
                       },
                       fail);
                 },
             },
             *what.name);
}

void find_own(clerk self, const parts& with, const model::caller& who, const subject::key& what, key_found then,
              not_found fail) {
  ask(
      self, with.database, with.database_timeout, actors::find_key{what.id},
      [user = who.user, then = std::move(then), fail](const model::api_key& row) {
        row.owner == user ? then(row) : fail(no_such_object());
      },
      fail);
}

}  // namespace troupe::desk
