#include "actors/environment.hpp"

#include <algorithm>

#include "actors/environment/state.hpp"

namespace troupe::actors::environment {

static environment_actor::behavior_type behaviour(self_ptr self, house_ptr house, model::environment row,
                                                  living_rows living, bool is_new) {
  self->state.house = std::move(house);
  self->state.row = std::move(row);
  self->set_exit_handler([self](const caf::exit_msg& e) { child_ended(self, e); });
  // Of an actor before this one: what has ended since is on the board no more.
  for (const auto& [service, releases] : self->state.house->board->services(self->state.row.id))
    for (const auto& view : releases)
      if (std::none_of(living.deployments.begin(), living.deployments.end(),
                       [&](const auto& d) { return d.id == view->row.id; }))
        self->state.house->board->withdraw(view->row.id);
  for (const auto& a : living.applications) hold_back(self, a);
  for (const auto& d : living.deployments) adopt(self, d, former_of(d, living.deployments));
  for (const auto& a : living.applications) adopt_application(self, a);
  self->state.numbers_known = is_new;
  self->state.asleep = !is_new;
  if (!is_new) publish(self);
  return {
      [self](deployment_changed& m) {
        self->state.seen.note(self, "deployment_changed");
        child_changed(self, m);
      },
      [self](wake) -> owed<model::done> {
        self->state.seen.note(self, "wake");
        const reply<model::done> answer(self);
        self->state.waker = answer;
        wake_up(self);
        answer_waker(self);
        return answer;
      },
      [self](create_environment&) -> owed<environment_view_ptr> {
        self->state.seen.note(self, "create_environment");
        const reply<environment_view_ptr> answer(self);
        create(self, answer);
        return answer;
      },
      [self](delete_environment&) -> owed<environment_view_ptr> {
        self->state.seen.note(self, "delete_environment");
        wake_up(self);
        const reply<environment_view_ptr> answer(self);
        remove(self, answer);
        return answer;
      },
      [self](create_deployment& m) -> owed<deployment_view_ptr> {
        self->state.seen.note(self, "create_deployment");
        wake_up(self);
        const reply<deployment_view_ptr> answer(self);
        create_release(self, std::move(m), answer);
        return answer;
      },
      [self](change_service& m) -> owed<deployment_view_ptr> {
        self->state.seen.note(self, "change_service");
        wake_up(self);
        const reply<deployment_view_ptr> answer(self);
        change(self, std::move(m), answer);
        return answer;
      },
      [self](rollback_deployment& m) -> owed<deployment_view_ptr> {
        self->state.seen.note(self, "rollback_deployment");
        wake_up(self);
        const reply<deployment_view_ptr> answer(self);
        roll_back(self, m, answer);
        return answer;
      },
      [self](command_deployment& m) -> owed<deployment_view_ptr> {
        self->state.seen.note(self, "command_deployment");
        wake_up(self);
        const reply<deployment_view_ptr> answer(self);
        command(self, m, answer);
        return answer;
      },
      [self](delete_volume& m) -> owed<model::done> {
        self->state.seen.note(self, "delete_volume");
        wake_up(self);
        const reply<model::done> answer(self);
        drop_volume(self, m, answer);
        return answer;
      },
      [self](apply_application& m) -> owed<application_view_ptr> {
        self->state.seen.note(self, "apply_application");
        wake_up(self);
        const reply<application_view_ptr> answer(self);
        apply(self, std::move(m), answer);
        return answer;
      },
      [self](cancel_application& m) -> owed<application_view_ptr> {
        self->state.seen.note(self, "cancel_application");
        const reply<application_view_ptr> answer(self);
        cancel(self, m, answer);
        return answer;
      },
      [self](const application_saved& m) {
        self->state.seen.note(self, "application_saved");
        application_changed(self, m.row);
      },
      [self](const engine_reach& m) {
        self->state.seen.note(self, "engine_reach");
        for (const auto& [id, c] : self->state.children)
          if (c.actor && (c.brief.job || !model::is_settled(c.brief.status))) self->send(c.actor, m);
      },
      [self](service_touched& m) {
        self->state.seen.note(self, "service_touched");
        look_again(self, m.service);
      },
      [self](environment_touched&) {
        self->state.seen.note(self, "environment_touched");
        self->state.network_known = false;
        pursue(self);
      },
      [self](site_changed&) {
        self->state.seen.note(self, "site_changed");
        publish(self);
      },
      [self](environment_listed& m) {
        self->state.seen.note(self, "environment_listed");
        compare(self, m);
      },
      [self](continuation& m) {
        self->state.seen.note(self, "continuation");
        m.run();
      },
      [self](describe) -> owed<std::vector<actor_card>> {
        const reply<std::vector<actor_card>> answer(self);
        describe_all(self, answer);
        return answer;
      },
  };
}

}  // namespace troupe::actors::environment

namespace troupe::actors {

environment_actor spawn_environment(caf::local_actor* parent, house_ptr house, model::environment row,
                                    living_rows living, bool is_new) {
  return parent->spawn<caf::linked>(environment::behaviour, std::move(house), std::move(row), std::move(living),
                                    is_new);
}

}  // namespace troupe::actors
