#include "actors/application.hpp"

#include <algorithm>
#include <set>
#include <type_traits>
#include <utility>

#include "actors/conversation.hpp"
#include "actors/model/application_machine.hpp"
#include "config/failpoint.hpp"
#include "config/logging.hpp"

namespace troupe::actors {

struct application_data {
  static inline const char* name = "application";

  house_ptr house;
  release_owner environment;
  application_view_ptr row;
  model::release_facts facts;
  std::set<deployment_id> looking;     // in the database: nothing is decided meanwhile
  bool saving = false;                 //
  std::set<deployment_id> to_look_at;  // that changed meanwhile
  bool cancel = false, leaving = false;
  std::vector<reply<application_view_ptr>> cancelling;
  // Of the environment, and not refused: it comes about, and is not asked for again.
  std::set<std::pair<const char*, deployment_id>> asked;
  activity seen;
};

namespace {

using model::problem;
using self_ptr = application_actor::stateful_pointer<application_data>;

void go_on(self_ptr self);

model::release_fact fact_of(const model::deployment& row) {
  return {true, row.status, row.running_since.has_value(), row.error ? row.error->message : std::string(),
          row.wanted == model::intent::stop};
}

void look_at(self_ptr self, const deployment_id& id);

void look_again(self_ptr self, const deployment_id& id) {
  after(self, model::duration{1'000}, [=] {
    look_at(self, id);
    go_on(self);
  });
}

// What the database does not say stays as it was known, or unknown.
void look_at(self_ptr self, const deployment_id& id) {
  auto& my = self->state;
  if (const auto view = my.house->board->find(id)) {
    my.facts[id] = fact_of(view->row);
    return;
  }
  if (!my.looking.insert(id).second) {
    my.to_look_at.insert(id);  // once more, when it is answered: what it reads may be of before
    return;
  }
  const auto unknown = [=] {
    self->state.looking.erase(id);
    look_again(self, id);
  };
  self->request(my.house->database, my.house->timeouts.database, find_deployment{id})
      .then(
          [=](const outcome<stored_deployment>& stored) {
            auto& mine = self->state;
            if (!stored && stored.error().kind != model::consequence::not_found) return unknown();
            mine.looking.erase(id);
            mine.facts[id] = stored ? fact_of(stored.value().row) : model::release_fact{};
            go_on(self);
          },
          [=](const caf::error&) { unknown(); });
}

// A refusal that will be the same each time; of a way back it is the end.
bool is_lasting(const problem& why) {
  return why.kind != model::consequence::retry && why.kind != model::consequence::unavailable;
}

template <class Message>
void ask_environment(self_ptr self, const char* what, const deployment_id& about, Message message) {
  auto& my = self->state;
  const std::pair asked{what, about};
  if (!my.asked.insert(asked).second) return;
  config::failpoint("application.before_effect");
  // What the release shows then decides.
  const auto refused = [=](const problem& why) {
    auto& mine = self->state;
    mine.seen.last_error = why.detail;
    mine.asked.erase(asked);
    if (!std::is_same_v<Message, rollback_deployment> || !is_lasting(why)) return look_again(self, about);
    mine.facts[about] = {true, model::deployment_status::failed, false, why.detail};
    mine.facts[about].overtaken = why.violations == overtaken().violations;
    go_on(self);
  };
  self->request(my.environment, my.house->timeouts.database, std::move(message))
      .then(
          [=](const outcome<deployment_view_ptr>& answer) {
            config::failpoint("application.after_effect");
            if (!answer) return refused(answer.error());
            look_at(self, about);
            go_on(self);
          },
          [=](const caf::error&) {
            refused({model::consequence::unavailable, "The environment did not answer.", {}, 0});
          });
}

void perform(self_ptr self, const model::cancel_release& e) {
  ask_environment(self, "cancel", e.deployment,
                  command_deployment{self->state.row->owner, e.deployment, {model::verb::cancel, 0}});
}
void perform(self_ptr self, const model::remove_release& e) {
  ask_environment(self, "remove", e.deployment,
                  command_deployment{self->state.row->owner, e.deployment, {model::verb::remove, 0}});
}
void perform(self_ptr self, const model::go_back& e) {
  ask_environment(self, "go back", e.as,
                  rollback_deployment{self->state.row->owner, e.deployment, e.to, e.as, e.job, true, e.stopped});
}

void take(self_ptr self, model::application row) {
  auto& my = self->state;
  const bool news = my.row->status != row.status;
  my.row = std::make_shared<const model::application>(std::move(row));
  if (news)
    log::info(
        "application " + std::string(model::apply_status_texts[my.row->status]),
        {{"operationId", my.row->id.text}, {"environmentId", my.row->environment.text}, {"detail", my.row->detail}});
  my.house->board->publish(my.row);
  self->send(my.environment, application_saved{my.row});
  const bool over = model::is_over(my.row->status);
  // One that goes back by itself does what was asked for.
  const bool goes_back = my.row->cancelled || my.row->status == model::apply_status::rolling_back;
  if (!goes_back && !over) return;
  for (const auto& one : my.cancelling)
    one.give(goes_back ? outcome<application_view_ptr>(my.row) : nothing_left_to_cancel());
  my.cancelling.clear();
}

void leave(self_ptr self) {
  auto& my = self->state;
  my.house->board->withdraw(my.row->id);
  self->quit(caf::exit_reason::user_shutdown);
}

void save_then(self_ptr self, model::application row, std::function<void()> then) {
  auto& my = self->state;
  my.saving = true;
  config::failpoint("application.before_save");
  save_for_sure(
      self, my.house->database, my.house->timeouts.database, save{{save_application{row}}},
      [=](const outcome<model::done>& saved) {
        config::failpoint("application.after_save");
        self->state.saving = false;
        if (!saved) {
          log::error("application row refused", {{"operationId", row.id.text}, {"detail", saved.error().detail}});
          return self->quit(caf::sec::runtime_error);
        }
        take(self, row);
        then();
      });
}

void act_on(self_ptr self, const std::vector<model::application_effect>& effects) {
  for (const auto& effect : effects) std::visit([self](const auto& e) { perform(self, e); }, effect);
}

// Decides, saves, acts: whenever everything is known and nothing is being saved.
void go_on(self_ptr self) {
  auto& my = self->state;
  if (my.saving) return;
  if (model::is_over(my.row->status)) return leave(self);
  for (const auto& id : std::exchange(my.to_look_at, {})) look_at(self, id);
  const auto all = model::releases_of(*my.row);
  for (const auto& id : all)
    if (!my.facts.contains(id) && !my.looking.contains(id)) look_at(self, id);
  if (!my.leaving && std::any_of(all.begin(), all.end(), [&](const auto& id) { return !my.facts.contains(id); }))
    return;
  auto now = *my.row;
  if (my.leaving) return save_then(self, model::ended_with_environment(now, my.house->now()), [=] { leave(self); });
  now.cancelled = now.cancelled || (my.cancel && now.status == model::apply_status::applying);
  auto decided = model::advance(now, my.facts, my.house->now());
  if (!decided.save && now.cancelled == my.row->cancelled) return act_on(self, decided.effects);
  if (!decided.save) {
    decided.next.revision += 1;
    decided.next.updated_at = my.house->now();
  }
  save_then(self, std::move(decided.next), [=, effects = std::move(decided.effects)] {
    act_on(self, effects);
    go_on(self);
  });
}

actor_card card_of(self_ptr self) {
  const auto& my = self->state;
  actor_card card;
  card.id = my.row->id.text;
  card.kind = "application";
  card.parent = my.row->environment.text;
  card.state = model::apply_status_texts[my.row->status];
  card.step = my.saving ? "save" : !my.looking.empty() ? "find_deployment" : "steps";
  my.seen.fill(self, card);
  return card;
}

}  // namespace

static application_actor::behavior_type application(self_ptr self, house_ptr house, release_owner environment,
                                                    model::application row) {
  auto& my = self->state;
  my.house = std::move(house);
  my.environment = std::move(environment);
  my.row = std::make_shared<const model::application>(std::move(row));
  self->set_exit_handler([self](const caf::exit_msg& e) { self->quit(e.reason); });
  for (const auto& id : model::releases_of(*my.row)) my.to_look_at.insert(id);
  after(self, model::duration{0}, [self] { go_on(self); });
  return {
      [self](const release_changed& m) {
        self->state.seen.note(self, "release_changed");
        self->state.to_look_at.insert(m.deployment);
        go_on(self);
      },
      [self](environment_leaves) {
        self->state.seen.note(self, "environment_leaves");
        self->state.leaving = true;
        go_on(self);
      },
      [self](const cancel_application&) -> owed<application_view_ptr> {
        self->state.seen.note(self, "cancel_application");
        const reply<application_view_ptr> answer(self);
        auto& mine = self->state;
        if (mine.row->cancelled || mine.row->status == model::apply_status::rolling_back) {
          answer.give(mine.row);
          return answer;
        }
        mine.cancel = true;
        mine.cancelling.push_back(answer);
        go_on(self);
        return answer;
      },
      [self](continuation& m) {
        self->state.seen.note(self, "continuation");
        m.run();
      },
      [self](describe) { return outcome<actor_card>(card_of(self)); },
  };
}

application_actor spawn_application(caf::local_actor* parent, house_ptr house, release_owner environment,
                                    model::application row) {
  // Before it lives, so that whoever is told of it finds it.
  house->board->publish(std::make_shared<const model::application>(row));
  return parent->spawn<caf::linked>(application, std::move(house), std::move(environment), std::move(row));
}

}  // namespace troupe::actors
