#include "actors/deployment.hpp"

#include <deque>
#include <utility>

#include "actors/held_images.hpp"
#include "config/failpoint.hpp"
#include "config/logging.hpp"

namespace troupe::actors {

using model::event;

// What waits while a save is on its way: an event, if it belongs to a phase then only in that phase, and who awaits its
// saving.
struct waiting_event {
  event what;
  std::optional<std::uint64_t> phase;
  std::optional<reply<deployment_view_ptr>> answer;
};

struct deployment_data {
  static inline const char* name = "deployment";

  house_ptr house;
  deployment_listener environment;
  model::deployment_state state;
  int pull_percent = -1;
  std::vector<model::task_observation> saved_containers;
  bool saving = false;
  bool answered = false;
  std::deque<waiting_event> waiting;
  activity seen;
  std::string step;
  std::chrono::milliseconds deadline_at{0};
};

namespace {

using self_ptr = deployment_actor::stateful_pointer<deployment_data>;

void take(self_ptr self, waiting_event next);

void react(self_ptr self, event what, std::optional<std::uint64_t> phase = {}) {
  take(self, {std::move(what), phase, {}});
}

// Something is to be done for it that only the engine can do.
bool needs_engine(const model::deployment& row) {
  if (row.status == model::deployment_status::pending) return false;  // it waits for its turn
  return !model::is_settled(row.status) || model::is_running_job(row) ||
         (row.status == model::deployment_status::running && row.wanted != model::intent::run);
}

deployment_view_ptr publish(self_ptr self) {
  auto& my = self->state;
  auto view = std::make_shared<deployment_view>();
  view->row = my.state.row;
  view->row.health = model::shown_health(my.state);
  view->containers = my.state.seen.tasks;
  view->pull_percent = my.state.row.status == model::deployment_status::pulling_image ? my.pull_percent : -1;
  if (auto reach = my.house->board->engine(); !reach.answers && needs_engine(my.state.row))
    view->waits = std::move(reach);
  my.house->board->publish(view);
  return view;
}

// An effect's answer is an event of the phase that asked for it. No answer at all counts as an Engine that is away.
template <class Answer, class Request, class ToEvent>
void ask_engine(self_ptr self, const char* step, model::duration extra, Request what, ToEvent to_event) {
  auto& my = self->state;
  my.step = step;
  const auto phase = my.state.phase;
  config::failpoint("deployment.before_effect");
  self->request(my.house->engine, my.house->timeouts.engine + extra, std::move(what))
      .then(
          [=](const outcome<Answer, effect_error>& answer) {
            config::failpoint("deployment.after_effect");
            react(self, answer ? event{to_event(answer.value())} : event{model::effect_failed{answer.error()}}, phase);
          },
          [=](const caf::error&) {
            react(self,
                  model::effect_failed{
                      {model::consequence::unavailable,
                       model::make_failure(model::failure_code::timed_out, "Docker did not answer in time.")}},
                  phase);
          });
}

// The engine reports progress from a thread of its own, and perhaps after this actor's end.
std::function<void(int)> progress_of(self_ptr self) {
  return [me = caf::actor_cast<caf::weak_actor_ptr>(self), self, phase = self->state.state.phase](int percent) {
    auto alive = me.lock();
    if (!alive) return;
    caf::anon_send(caf::actor_cast<deployment_actor>(alive), continuation{[=] {
                     if (self->state.state.phase != phase) return;
                     self->state.pull_percent = percent;
                     publish(self);
                   }});
  };
}

// What the service was given before: where this release goes back to another, by that, too.
std::vector<std::string> held_for(const house& h, const model::deployment& row) {
  auto out = held_images(*h.board, row.environment, row.spec.service);
  if (row.rollback_of && !row.spec.image.digest.empty())
    out.push_back(row.spec.image.name() + '@' + row.spec.image.digest);
  return out;
}

void perform(self_ptr self, const model::resolve_image_of& e) {
  const auto& row = self->state.state.row;
  ask_engine<model::resolved_image>(
      self, "resolve_image", self->state.house->timings.pull,
      resolve_image{e.spec, progress_of(self), row.owner, held_for(*self->state.house, row)},
      [](const model::resolved_image& image) { return model::image_resolved{image}; });
}

void perform(self_ptr self, const model::make_volumes& e) {
  ask_engine<volumes_ready>(self, "ensure_volumes", {}, ensure_volumes{self->state.state.row.environment, e.names},
                            [](const volumes_ready& ready) { return model::volumes_made{ready.created}; });
}

void perform(self_ptr self, const model::converge& e) {
  ask_engine<model::service_observation>(
      self, "converge_service", {}, converge_service{e.plan, e.confirm, self->state.state.row.owner},
      [](const model::service_observation& seen) { return model::service_seen{seen}; });
}

void perform(self_ptr self, const model::tear_down& e) {
  ask_engine<model::done>(self, "remove_service", {}, remove_service{self->state.state.row.environment, e.service},
                          [](const model::done&) { return model::service_gone{}; });
}

void perform(self_ptr self, const model::start_timer& e) {
  if (e.kind == model::timer::deadline) self->state.deadline_at = monotonic(*self) + e.after;
  after(self, e.after, [self, kind = e.kind, arming = e.arming] { react(self, model::timer_fired{kind, arming}); });
}

void tell_environment(self_ptr self, bool saw_news) {
  const auto& my = self->state;
  const auto& row = my.state.row;
  std::shared_ptr<const model::service_observation> seen;
  if (saw_news && my.state.former) seen = std::make_shared<const model::service_observation>(my.state.seen);
  self->send(my.environment, deployment_changed{model::brief_of(row), !my.state.active && !my.state.busy, my.answered,
                                                std::move(seen)});
}

// A final row needs no actor: readers find it in the database.
void leave(self_ptr self) {
  auto& my = self->state;
  const auto& row = my.state.row;
  for (auto& next : my.waiting)
    if (next.answer)
      next.answer->give(model::problem{
          model::consequence::unavailable,
          "The deployment has just become " + std::string(model::deployment_status_texts[row.status]) + "; try again.",
          {},
          1});
  my.waiting.clear();
  my.house->board->withdraw(row.id);
  self->quit(caf::exit_reason::user_shutdown);
}

// The decision is known to be stored (or stores nothing): it becomes the truth, and its effects begin.
void act_on(self_ptr self, model::decision decided, waiting_event& cause) {
  auto& my = self->state;
  const auto before = my.state.row.status;
  const bool was_quiet = !my.state.active && !my.state.busy;
  const bool tasks_changed = !(decided.next.seen.tasks == my.state.seen.tasks);
  const bool looks_new = decided.save || tasks_changed || decided.next.active != my.state.active;
  my.state = std::move(decided.next);
  const auto& row = my.state.row;
  if (before != row.status) {
    if (my.house->observe) my.house->observe(row);
    my.step.clear();
    my.pull_percent = -1;
    log::info("deployment " + std::string(model::deployment_status_texts[row.status]),
              {{"deploymentId", row.id.text}, {"environmentId", row.environment.text}, {"detail", decided.detail}});
  }
  const auto view = looks_new ? publish(self) : nullptr;
  if (cause.answer) cause.answer->give(view ? view : publish(self));
  for (const auto& effect : decided.effects) std::visit([self](const auto& e) { perform(self, e); }, effect);
  const bool quiet = !my.state.active && !my.state.busy;
  const bool first_answer = cause.phase && !std::exchange(my.answered, true);
  const bool saw_news = std::holds_alternative<model::service_seen>(cause.what) && tasks_changed && my.state.former;
  if (decided.save || quiet != was_quiet || first_answer || saw_news) tell_environment(self, saw_news);
  if (model::is_final(row.status) && !my.state.busy && !my.state.active) leave(self);
}

void go_on(self_ptr self) {
  auto& my = self->state;
  while (!my.saving && !my.waiting.empty()) {
    auto next = std::move(my.waiting.front());
    my.waiting.pop_front();
    take(self, std::move(next));
  }
}

void save_then_act(self_ptr self, model::decision decided, waiting_event cause) {
  auto& my = self->state;
  my.saving = true;
  const bool told =
      !decided.detail.empty() || decided.next.row.status != my.state.row.status || decided.asked || decided.ended;
  save_deployment change{decided.next.row, decided.detail, {}, told, decided.asked, decided.ended};
  if (!(decided.next.seen.tasks == my.saved_containers)) change.containers = decided.next.seen.tasks;
  config::failpoint("deployment.before_save");
  save_for_sure(self, my.house->database, my.house->timeouts.database, save{{change}},
                [=, decided = std::move(decided), cause = std::move(cause)](const outcome<model::done>& saved) mutable {
                  config::failpoint("deployment.after_save");
                  auto& mine = self->state;
                  if (!saved) {  // another writer was here, or the row cannot be stored: start again from the row
                    log::error("deployment row refused",
                               {{"deploymentId", mine.state.row.id.text}, {"detail", saved.error().detail}});
                    if (cause.answer) cause.answer->give(saved.error());
                    return self->quit(caf::sec::runtime_error);
                  }
                  mine.saving = false;
                  if (change.containers) mine.saved_containers = *change.containers;
                  act_on(self, std::move(decided), cause);
                  go_on(self);
                });
}

void take(self_ptr self, waiting_event next) {
  auto& my = self->state;
  if (my.saving) {
    my.waiting.push_back(std::move(next));
    return;
  }
  if (next.phase && *next.phase != my.state.phase) next.what = model::answered_late{};
  if (const auto* c = std::get_if<model::commanded>(&next.what)) {
    if (const auto why_not = model::refusal(my.state, c->command)) {
      if (next.answer) next.answer->give(*why_not);
      if (model::is_final(my.state.row.status) && !my.state.active) leave(self);
      return;
    }
  }
  auto decided = model::step(my.state, next.what, my.house->now(), my.house->timings);
  if (decided.save)
    save_then_act(self, std::move(decided), std::move(next));
  else
    act_on(self, std::move(decided), next);
}

actor_card card_of(self_ptr self) {
  auto& my = self->state;
  const auto& row = my.state.row;
  actor_card card;
  card.id = row.id.text;
  card.kind = "deployment";
  card.parent = row.environment.text;
  card.state = model::deployment_status_texts[row.status];
  card.step = my.saving ? "save" : my.state.busy ? my.step : "";
  if (my.state.armed[static_cast<std::size_t>(model::timer::deadline)] != 0)
    card.deadline_ms = (my.deadline_at - monotonic(*self)).count();
  my.seen.fill(self, card);
  return card;
}

}  // namespace

static deployment_actor::behavior_type deployment(self_ptr self, house_ptr house, deployment_listener environment,
                                                  model::deployment row, std::optional<model::deployment> former) {
  auto& my = self->state;
  my.house = std::move(house);
  my.environment = std::move(environment);
  my.state.row = std::move(row);
  my.state.former = std::move(former);
  self->set_exit_handler([self](const caf::exit_msg& e) { self->quit(e.reason); });
  return {
      [self](nudge& m) {
        self->state.seen.note(self, "nudge");
        react(self, std::move(m.what));
      },
      [self](command_deployment& m) -> owed<deployment_view_ptr> {
        self->state.seen.note(self, "command_deployment");
        const reply<deployment_view_ptr> answer(self);
        take(self, {model::commanded{m.command}, {}, answer});
        return answer;
      },
      [self](const engine_reach&) {
        self->state.seen.note(self, "engine_reach");
        if (needs_engine(self->state.state.row)) publish(self);
      },
      [self](continuation& m) {
        self->state.seen.note(self, "continuation");
        m.run();
      },
      [self](describe) { return outcome<actor_card>(card_of(self)); },
  };
}

deployment_actor spawn_deployment(caf::local_actor* parent, house_ptr house, deployment_listener environment,
                                  model::deployment row, std::optional<model::deployment> former) {
  // Before it lives, so that whoever is told of it finds it.
  auto view = std::make_shared<deployment_view>();
  view->row = row;
  house->board->publish(deployment_view_ptr(std::move(view)));
  return parent->spawn<caf::linked>(deployment, std::move(house), std::move(environment), std::move(row),
                                    std::move(former));
}

}  // namespace troupe::actors
