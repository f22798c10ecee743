#include "actors/environment/state.hpp"

namespace troupe::actors::environment {

namespace {

std::vector<actor_card> quiet_cards(self_ptr self) {
  auto& my = self->state;
  actor_card card;
  card.id = my.row.id.text;
  card.kind = "environment";
  card.parent = "orchestrator";
  card.state = model::environment_status_texts[my.row.status];
  card.step = my.asleep ? "waits for its first look" : my.busy ? "network or row" : "";
  my.seen.fill(self, card);
  std::vector<actor_card> cards{card};
  for (const auto& [id, c] : my.children) {
    actor_card kid;
    kid.id = id.text;
    kid.kind = "deployment";
    kid.parent = my.row.id.text;
    kid.state = model::deployment_status_texts[c.brief.status];
    kid.restarts = c.budget.restarts();
    kid.last_error = c.last_error;
    kid.quarantined = c.quarantined != nullptr;
    cards.push_back(std::move(kid));
  }
  for (const auto& [id, one] : my.applications) {
    actor_card kid;
    kid.id = id.text;
    kid.kind = "application";
    kid.parent = my.row.id.text;
    kid.state = model::apply_status_texts[one.row->status];
    kid.restarts = one.budget.restarts();
    kid.last_error = one.last_error;
    cards.push_back(std::move(kid));
  }
  return cards;
}

}  // namespace

// Each child speaks for itself; one that does not answer in time is shown as its environment knows it.
void describe_all(self_ptr self, const reply<std::vector<actor_card>>& answer) {
  auto cards = std::make_shared<std::vector<actor_card>>(quiet_cards(self));
  auto left = std::make_shared<std::size_t>(0);
  const auto one_less = [=] {
    if (--*left == 0) answer.give(std::move(*cards));
  };
  std::size_t index = 0;
  const auto ask = [&](const auto& actor) {
    ++index;
    if (!actor) return;
    ++*left;
    self->request(actor, model::duration{500}, describe{})
        .then(
            [=](const outcome<actor_card>& card) {
              auto& slot = (*cards)[index];
              const auto known = slot;
              slot = card.value();
              slot.restarts = known.restarts;
              slot.last_error = known.last_error;
              one_less();
            },
            [=](const caf::error&) { one_less(); });
  };
  for (const auto& [id, c] : self->state.children) ask(c.actor);
  for (const auto& [id, one] : self->state.applications) ask(one.actor);
  if (*left == 0) answer.give(*cards);
}

}  // namespace troupe::actors::environment
