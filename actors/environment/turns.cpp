#include <algorithm>

#include "actors/environment/state.hpp"

namespace troupe::actors::environment {

using model::environment_status;

namespace {

void tell_active(self_ptr self, child& c, bool active) {
  if (c.told_active == active) return;
  c.told_active = active;
  if (!active) c.quiet = false;  // until it says so
  self->state.children.note(c);
  self->send(c.actor, nudge{active ? model::event{model::resumed{}} : model::event{model::yielded{}}});
}

// One that is accepted and not saved yet.
bool an_older_one_comes(const state& my, const model::release_brief& than) {
  const auto coming = my.being_saved.find(than.service);
  return coming != my.being_saved.end() && *coming->second.begin() < than.number;
}

// What has ended, and whose last container is on its way out; or what nobody's release left behind.
bool is_being_cleared(const state& my, const std::string& service) {
  if (my.sweeping.contains(service)) return true;
  const auto& ids = my.children.of(service);
  return std::any_of(ids.begin(), ids.end(), [&](const auto& id) {
    const auto& c = my.children.at(id);
    return model::is_final(c.brief.status) && !c.quiet;
  });
}

void grant(self_ptr self, const model::turn& t) {
  auto& my = self->state;
  auto& next = my.children.at(t.next);
  if (next.granted || !next.actor || my.held.contains(t.next) || is_being_cleared(my, next.brief.service)) return;
  // One accepted before it, whose row takes longer to be saved, goes first: else it would be out of date once it ran.
  if (an_older_one_comes(my, next.brief)) return;
  std::optional<model::deployment> former;
  if (t.former) {
    auto& serving = my.children.at(*t.former);
    if (!serving.actor) return;
    tell_active(self, serving, false);
    if (!serving.quiet) return;
    if (const auto view = my.house->board->find(*t.former)) former = view->row;
  }
  next.granted = next.told_active = true;
  // As it will soon say itself: nobody else gets the turn meanwhile.
  next.brief.status = model::deployment_status::pulling_image;
  my.children.note(next);
  self->send(next.actor, nudge{model::turn_granted{std::move(former)}});
}

void remove_children(self_ptr self, const std::string& service) {
  const auto again = [=](const deployment_id& id) {
    if (auto* c = self->state.children.find(id)) c->leaving = false;
    after(self, model::duration{1'000}, [=] { replan(self, service); });
  };
  for (const auto& id : self->state.children.of(service)) {
    auto& c = self->state.children.at(id);
    if (!c.actor || c.leaving) continue;
    c.leaving = true;
    self->request(c.actor, self->state.house->timeouts.inner,
                  command_deployment{self->state.row.owner, id, {model::verb::remove, 0}})
        .then(
            [again, id](const outcome<deployment_view_ptr>& taken) {
              if (!taken) again(id);
            },
            [again, id](const caf::error&) { again(id); });
  }
}

void plan(self_ptr self, const std::string& service) {
  auto& my = self->state;
  std::vector<model::release_brief> living;
  for (const auto& id : my.children.of(service))
    living.emplace_back(my.children.at(id).brief).held = my.held.contains(id);
  const auto plan = model::plan_turns(living);
  for (const auto& s : plan.superseded) {
    auto& older = my.children.at(s.older);
    if (older.actor) self->send(older.actor, nudge{model::superseded{s.by}});
  }
  for (const auto& brief : living) {
    auto& c = my.children.at(brief.id);
    if (!c.actor || brief.status == model::deployment_status::pending || model::is_final(brief.status)) continue;
    tell_active(self, c, std::find(plan.active.begin(), plan.active.end(), brief.id) != plan.active.end());
  }
  if (my.row.status == environment_status::active && my.network_known)
    for (const auto& t : plan.grants) grant(self, t);
  if (my.row.status == environment_status::deleting) remove_children(self, service);
  for (const auto& id : my.children.of(service)) my.shown.show(my.children.at(id).brief, my.house->board->find(id));
}

void go_on(self_ptr self) {
  if (self->state.row.status == environment_status::deleting) pursue(self);
  answer_waker(self);
  publish_soon(self);
}

}  // namespace

void replan(self_ptr self, const std::string& service) {
  plan(self, service);
  go_on(self);
}

void replan_all(self_ptr self) {
  for (const auto& [service, unused] : self->state.children.by_service()) plan(self, service);
  go_on(self);
}

void wake_up(self_ptr self) {
  if (!std::exchange(self->state.asleep, false)) return;
  replan_all(self);
  pursue(self);
}

void answer_waker(self_ptr self) {
  auto& my = self->state;
  if (!my.waker || my.busy || my.children.await_docker()) return;
  my.waker->give(model::done{});
  my.waker.reset();
}

}  // namespace troupe::actors::environment
