#include "http/admin/survey.hpp"

#include <algorithm>
#include <iterator>
#include <type_traits>
#include <utility>

namespace troupe::http::admin {

using actors::actor_card;

namespace {

actor_card silent_card(const char* name, std::string why) {
  actor_card card;
  card.id = card.kind = name;
  card.state = "does not answer";
  card.last_error = std::move(why);
  return card;
}

}  // namespace

std::size_t survey::count(std::string_view kind) const {
  return static_cast<std::size_t>(
      std::count_if(cards.begin(), cards.end(), [&](const actor_card& c) { return c.kind == kind; }));
}

std::array<std::size_t, model::deployment_status_texts.texts.size()> survey::deployments_by_status() const {
  std::array<std::size_t, model::deployment_status_texts.texts.size()> out{};
  for (const auto& card : cards)
    if (card.kind == "deployment")
      if (const auto status = model::deployment_status_texts.parse(card.state))
        ++out[static_cast<std::size_t>(*status)];
  return out;
}

void take_survey(admin_actor::pointer self, const surveyed_actors& of, model::duration patience,
                 std::function<void(survey)> then) {
  struct gathering {
    survey result;
    std::size_t left = 0;
    std::function<void(survey)> then;
    void one_less() {
      if (--left == 0) then(std::move(result));
    }
  };
  const auto all = std::make_shared<gathering>();
  all->left = of.edge ? 6 : 4;
  all->then = std::move(then);
  const auto ask = [&](const auto& actor, const char* name) {
    const auto silent = [self, all, name](caf::error& why) {
      all->result.cards.push_back(silent_card(name, self->system().render(why)));
      all->one_less();
    };
    const auto one = [all](actor_card& card) {
      all->result.cards.push_back(std::move(card));
      all->one_less();
    };
    const auto many = [all, name](actors::outcome<std::vector<actor_card>>& cards) {
      if (cards)
        std::move(cards.value().begin(), cards.value().end(), std::back_inserter(all->result.cards));
      else
        all->result.cards.push_back(silent_card(name, cards.error().detail));
      all->one_less();
    };
    if constexpr (std::is_same_v<std::decay_t<decltype(actor)>, actors::orchestrator_actor>)
      self->request(actor, patience, actors::describe{}).then(many, silent);
    else
      self->request(actor, patience, actors::describe{}).then(one, silent);
  };
  ask(of.orchestrator, "orchestrator");
  ask(of.engine, "engine");
  ask(of.database, "database");
  ask(of.identity, "identity");
  if (!of.edge) return;
  ask(of.edge, "edge");
  self->request(of.edge, patience, actors::edge_status{})
      .then(
          [all](actors::edge_condition& condition) {
            all->result.edge = std::move(condition);
            all->one_less();
          },
          [all](const caf::error&) { all->one_less(); });
}

void set_gauges(metrics& m, const survey& s) {
  std::map<std::string, std::size_t> living{{"environment", 0}, {"deployment", 0}}, restarts;
  std::size_t quarantined = 0;
  for (const auto& card : s.cards) {
    ++living[card.kind];
    restarts[card.kind] += card.restarts;
    quarantined += card.quarantined ? 1 : 0;
    if (card.kind != "environment" && card.kind != "deployment") m.set_queue_depth(card.kind, card.mailbox_depth);
  }
  m.set_deployments(s.deployments_by_status());
  m.set_environments(living["environment"]);
  m.set_actors(living, restarts, quarantined);
  if (s.edge) m.set_domains(s.edge->sites, s.edge->first_expiry);
}

}  // namespace troupe::http::admin
