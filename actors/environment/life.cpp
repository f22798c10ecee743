#include <algorithm>

#include "actors/environment/state.hpp"
#include "config/failpoint.hpp"
#include "config/logging.hpp"

namespace troupe::actors::environment {

using model::consequence;
using model::environment_status;
using model::problem;

namespace {

void save_row(self_ptr self, environment_status status, std::string network_id,
              std::function<void(const outcome<model::done>&)> then) {
  auto& my = self->state;
  auto row = my.row;
  row.status = status;
  row.network_id = std::move(network_id);
  row.revision += 1;
  row.updated_at = my.house->now();
  config::failpoint("environment.before_save");
  save_for_sure(
      self, my.house->database, my.house->timeouts.database, save{{save_environment{row}}},
      [=](const outcome<model::done>& saved) {
        config::failpoint("environment.after_save");
        if (saved) {
          self->state.row = row;
        } else {
          log::error("environment row refused", {{"environmentId", row.id.text}, {"detail", saved.error().detail}});
          self->quit(caf::sec::runtime_error);
        }
        then(saved);
      });
}

template <class Answer, class Request>
void ask_engine(self_ptr self, Request what, std::function<void(const Answer&)> then,
                std::function<void(const effect_error&)> failed = {}) {
  auto& my = self->state;
  my.busy = true;
  config::failpoint("environment.before_effect");
  const auto again_later = [=] {
    auto& mine = self->state;
    mine.busy = true;
    after(self, mine.pause.next(), [=] { self->state.busy = false, pursue(self); });
  };
  self->request(my.house->engine, my.house->timeouts.engine, std::move(what))
      .then(
          [=](const outcome<Answer, effect_error>& answer) {
            config::failpoint("environment.after_effect");
            auto& mine = self->state;
            mine.busy = false;
            if (answer) {
              mine.pause.reset();
              then(answer.value());
              if (!mine.busy) pursue(self);
              return;
            }
            mine.seen.last_error = answer.error().what.message;
            if (failed) failed(answer.error());
            if (!mine.busy) again_later();
          },
          [=](const caf::error&) {
            self->state.busy = false;
            if (failed)
              failed({consequence::unavailable,
                      model::make_failure(model::failure_code::timed_out, "Docker did not answer in time.")});
            if (!self->state.busy) again_later();
          });
}

void move_to(self_ptr self, environment_status status, std::string network_id, std::function<void()> then) {
  self->state.busy = true;
  save_row(self, status, std::move(network_id), [=](const outcome<model::done>& saved) {
    self->state.busy = false;
    if (!saved) return;
    publish(self);
    then();
    pursue(self);
  });
}

void answer_creator(self_ptr self, outcome<environment_view_ptr> answer) {
  auto& my = self->state;
  if (!my.creator) return;
  my.creator->give(std::move(answer));
  my.creator.reset();
}

void secure_network(self_ptr self) {
  ask_engine<network_ready>(
      self, ensure_network{self->state.row.id},
      [=](const network_ready& ready) {
        auto& my = self->state;
        my.network_known = true;
        if (my.row.status == environment_status::active && my.row.network_id == ready.network_id)
          return replan_all(self);
        if (my.row.status == environment_status::deleting) return;
        move_to(self, environment_status::active, ready.network_id, [=] {
          answer_creator(self, publish(self));
          replan_all(self);
        });
      },
      [=](const effect_error& e) {
        // Nobody was told yet that it exists: what cannot be finished is taken back, so that nothing half-made stays.
        if (!self->state.creator) return;
        const bool away = e.kind == consequence::unavailable || e.kind == consequence::retry;
        answer_creator(self, problem{away ? consequence::unavailable : e.kind, e.what.message, {}, away ? 2 : 0});
        move_to(self, environment_status::deleting, {}, [] {});
      });
}

// First of all, so that nobody is sent to services that go.
void release_domain(self_ptr self) {
  auto& my = self->state;
  my.busy = true;
  const auto go_on = [self](bool released) {
    auto& mine = self->state;
    mine.site_released = released;
    if (released) {
      mine.busy = false;
      mine.pause.reset();
      return replan_all(self);
    }
    after(self, mine.pause.next(), [self] { self->state.busy = false, pursue(self); });
  };
  self->request(my.house->edge, my.house->timeouts.engine, release_site{my.row.id, {}})
      .then([go_on](const outcome<model::done>& released) { go_on(released.ok()); },
            [go_on](const caf::error&) { go_on(false); });
}

}  // namespace

environment_view_ptr publish(self_ptr self) {
  auto& my = self->state;
  my.published_at = monotonic(*self);
  auto view = std::make_shared<environment_view>();
  view->row = my.row;
  my.shown.fill(*view);
  view->sites = my.house->board->find_sites(my.row.id);
  my.house->board->publish(view);
  if (view->sites) self->send(my.house->edge, environment_touched{my.row.id});
  return view;
}

// A view is a copy of all that there is. Where that is much, so many a second at most are made of it.
void publish_soon(self_ptr self) {
  constexpr std::size_t little = 100, shown_in_a_millisecond = 40;
  auto& my = self->state;
  if (my.publishes_soon) return;
  const auto size = my.children.size();
  const auto pause = std::max(model::duration{50}, model::duration{size / shown_in_a_millisecond});
  const auto since = monotonic(*self) - my.published_at;
  if (size <= little || since >= pause) {
    publish(self);
    return;
  }
  my.publishes_soon = true;
  after(self, pause - since, [self] {
    self->state.publishes_soon = false;
    publish(self);
  });
}

void pursue(self_ptr self) {
  auto& my = self->state;
  if (my.busy) return;
  switch (my.row.status) {
    case environment_status::creating: return secure_network(self);
    case environment_status::active:
      if (!my.network_known) secure_network(self);
      return;
    case environment_status::deleting:
      if (my.house->edge && !my.site_released) return release_domain(self);
      if (!my.applications.empty() || my.accepting) return end_applications(self);
      if (!my.children.empty() || !my.being_saved.empty()) return;  // replan() goes on when the last has left
      if (!my.volumes_gone)
        return ask_engine<model::done>(self, remove_volumes{my.row.id},
                                       [=](const model::done&) { self->state.volumes_gone = true; });
      return ask_engine<model::done>(self, remove_network{my.row.id}, [=](const model::done&) {
        move_to(self, environment_status::deleted, {}, [=] {
          self->state.house->board->withdraw(self->state.row.id);
          log::info("environment deleted", {{"environmentId", self->state.row.id.text}});
          self->quit(caf::exit_reason::user_shutdown);
        });
      });
    case environment_status::deleted: return;
  }
}

void create(self_ptr self, const view_promise& answer) {
  auto& my = self->state;
  my.busy = true;
  config::failpoint("environment.before_save");
  save_for_sure(self, my.house->database, my.house->timeouts.database, save{{save_environment{my.row}}},
                [=](const outcome<model::done>& saved) {
                  config::failpoint("environment.after_save");
                  self->state.busy = false;
                  if (!saved) {
                    answer.give(saved.error());
                    return self->quit(caf::exit_reason::user_shutdown);
                  }
                  self->state.creator = answer;
                  publish(self);
                  pursue(self);
                });
}

void remove(self_ptr self, const view_promise& answer) {
  auto& my = self->state;
  if (my.row.status == environment_status::deleting) return answer.give(publish(self));
  if (my.busy) return after(self, model::duration{20}, [=] { remove(self, answer); });
  move_to(self, environment_status::deleting, my.row.network_id, [=] {
    answer.give(publish(self));
    replan_all(self);
  });
}

}  // namespace troupe::actors::environment
