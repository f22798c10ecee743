#include "http/admin/survey.hpp"

#include <algorithm>
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
  all->left = 5 + (of.edge ? 2 : 0) + (of.telegram ? 1 : 0);
  all->result.has_telegram = static_cast<bool>(of.telegram);
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
    self->request(actor, patience, actors::describe{}).then(one, silent);
  };
  ask(of.orchestrator, "orchestrator");
  ask(of.engine, "engine");
  ask(of.database, "database");
  ask(of.identity, "identity");
  const auto silence = [all](const caf::error&) { all->one_less(); };
  self->request(of.database, patience, actors::database_status{})
      .then(
          [all](const actors::outcome<std::uint64_t>& trip) {
            all->result.database_up = trip.ok();
            all->one_less();
          },
          silence);
  if (of.telegram)
    self->request(of.telegram, patience, actors::bot_status{})
        .then(
            [all](const actors::bot_condition& bot) {
              all->result.telegram_works = bot.works;
              all->one_less();
            },
            silence);
  if (!of.edge) return;
  ask(of.edge, "edge");
  self->request(of.edge, patience, actors::edge_status{})
      .then(
          [all](actors::edge_condition& condition) {
            all->result.edge = std::move(condition);
            all->one_less();
          },
          silence);
}

namespace {

void set_parts(metrics& m, const survey& s, const actors::board& counted) {
  m.set_part("database", s.database_up);
  m.set_part("engine", counted.engine().answers);
  if (s.edge && !s.edge->sites.empty()) m.set_part("edge", s.edge->works);  // nobody needs it before there is a domain
  if (s.has_telegram) m.set_part("telegram", s.telegram_works);
}

void set_trouble(metrics& m, const actors::board& counted, model::timestamp now) {
  std::size_t degraded = 0;
  model::timestamp since = now;
  counted.each_deployment([&](const actors::deployment_view_ptr& view) {
    const auto& row = view->row;
    if (row.status == model::deployment_status::running && row.health.degraded) ++degraded;
    if (!model::is_settled(row.status)) since = std::min(since, row.updated_at);
  });
  m.set_trouble(degraded, now - since);
}

}  // namespace

void set_gauges(metrics& m, const survey& s, const actors::board& counted, model::timestamp now) {
  using kind = actors::board::kind;
  const auto environments = counted.supervised(kind::environment), deployments = counted.supervised(kind::deployment);
  std::map<std::string, std::size_t> living{{"environment", counted.environments()},
                                            {"deployment", counted.deployments()}};
  std::map<std::string, std::size_t> restarts{{"environment", environments.restarts},
                                              {"deployment", deployments.restarts}};
  auto quarantined = environments.quarantined + deployments.quarantined;
  for (const auto& card : s.cards) {
    ++living[card.kind];
    restarts[card.kind] += card.restarts;
    quarantined += card.quarantined ? 1 : 0;
    m.set_queue_depth(card.kind, card.mailbox_depth);
  }
  m.set_deployments(counted.deployments_by_status());
  m.set_environments(counted.environments());
  m.set_actors(living, restarts, quarantined);
  if (s.edge) m.set_domains(s.edge->sites, s.edge->first_expiry);
  set_parts(m, s, counted);
  set_trouble(m, counted, now);
}

}  // namespace troupe::http::admin
