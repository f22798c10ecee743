#include <algorithm>

#include "actors/environment/state.hpp"
#include "config/logging.hpp"

namespace troupe::actors::environment {

namespace {

void spawn_child(self_ptr self, child& c, model::deployment row, std::optional<model::deployment> former) {
  auto& my = self->state;
  c.brief = model::brief_of(row);
  c.told_active = c.granted = false;
  c.quiet = true;
  c.answered = false;
  c.actor =
      spawn_deployment(self, my.house, caf::actor_cast<deployment_listener>(self), std::move(row), std::move(former));
  my.children.note(c);
}

void forget_child(self_ptr self, const deployment_id& id) {
  self->state.claims.let_go(id);
  self->state.shown.drop(id);
  self->state.children.erase(id);
}

void restart_child(self_ptr self, const deployment_id& id) {
  auto& my = self->state;
  self->request(my.house->database, my.house->timeouts.database, load_environment{my.row.id})
      .then(
          [=](const outcome<living_rows>& rows) {
            auto& mine = self->state;
            auto* c = mine.children.find(id);
            if (!c || c->actor) return;
            if (!rows) return after(self, model::duration{1'000}, [=] { restart_child(self, id); });
            const auto service = c->brief.service;
            const auto& living = rows.value().deployments;
            const auto row = std::find_if(living.begin(), living.end(), [&](const auto& d) { return d.id == id; });
            if (row == living.end()) {
              // It ended as its actor died, which could tell nobody any more.
              mine.house->board->withdraw(id);
              forget_child(self, id);
              tell_applications(self, id);
            } else {
              spawn_child(self, *c, *row, former_of(*row, living));
            }
            replan(self, service);
          },
          [=](const caf::error&) { after(self, model::duration{1'000}, [=] { restart_child(self, id); }); });
}

// The release that is being replaced looks at nothing itself: what it shows is what the one with the turn finds.
void tell_replaced(self_ptr self, const std::optional<deployment_id>& former, const model::service_observation& seen) {
  const auto* c = former ? self->state.children.find(*former) : nullptr;
  if (c && c->actor) self->send(c->actor, nudge{model::replacement_looked{seen}});
}

}  // namespace

child& adopt(self_ptr self, model::deployment row, std::optional<model::deployment> former) {
  auto& my = self->state;
  my.last_number = std::max(my.last_number, row.number);
  my.claims.hold(row);
  auto& c = my.children.add(row.id, row.spec.service);
  spawn_child(self, c, std::move(row), std::move(former));
  my.shown.show(c.brief, my.house->board->find(c.brief.id));
  return c;
}

std::optional<model::deployment> former_of(const model::deployment& row, const std::vector<model::deployment>& living) {
  if (!row.former) return std::nullopt;
  const auto it = std::find_if(living.begin(), living.end(),
                               [&](const auto& d) { return d.id == *row.former && model::is_current(d.status); });
  return it == living.end() ? std::nullopt : std::optional(*it);
}

// One for one: its siblings live on.
void child_ended(self_ptr self, const caf::exit_msg& e) {
  auto& my = self->state;
  if (application_ended(self, e)) return;
  auto* lost = my.children.lose(e.source);
  if (!lost) {
    self->quit(e.reason);  // not a child: the tree is coming down
    return;
  }
  auto& c = *lost;
  const auto id = c.brief.id;
  if (e.reason == caf::exit_reason::user_shutdown) {
    const auto service = c.brief.service;
    forget_child(self, id);
    replan(self, service);
    return;
  }
  c.last_error = self->system().render(e.reason);
  const auto delay = c.budget.spend(monotonic(*self));
  log::error("deployment actor died", {{"deploymentId", id.text},
                                       {"environmentId", my.row.id.text},
                                       {"detail", c.last_error},
                                       {"quarantined", !delay}});
  if (delay)
    my.house->board->note_restart(board::kind::deployment);
  else
    c.quarantined = quarantine(my.house->board, board::kind::deployment);
  if (delay) after(self, *delay, [self, id] { restart_child(self, id); });
}

void child_changed(self_ptr self, const deployment_changed& m) {
  auto& my = self->state;
  auto* c = my.children.find(m.brief.id);
  if (!c) return;
  c->brief = m.brief;
  c->quiet = m.quiet;
  c->answered = m.answered;
  my.children.note(*c);
  const auto view = my.house->board->find(m.brief.id);
  if (view && m.brief.status == model::deployment_status::creating_volumes) my.claims.hold(view->row);
  tell_applications(self, m.brief.id);
  if (view && m.seen) tell_replaced(self, view->row.former, *m.seen);
  replan(self, m.brief.service);
}

}  // namespace troupe::actors::environment
