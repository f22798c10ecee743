#include "actors/desk/services.hpp"

#include "actors/desk/admission.hpp"
#include "actors/desk/find.hpp"

namespace troupe::desk {

namespace {

using releases_by_service = std::map<std::string, actors::board::releases>;

releases_by_service living_of(const actors::living_rows& rows) {
  releases_by_service out;
  for (const auto& row : rows.deployments) out[row.spec.service].push_back(view_of({row, {}}));
  return out;
}

void answer_page(const task& t, const list_services& what, releases_by_service living,
                 answer_to<page<service_view>> then) {
  const auto& parts = t.parts();
  const auto sites = parts.board->find_sites(what.environment);
  std::map<std::string, service_view> all;
  for (auto& [name, releases] : living)
    if (name > what.after) all.emplace(name, service_view{{what.environment, name}, std::move(releases), {}, sites});
  // One more tells whether there is a next page.
  ask(
      t.self, parts.database, parts.database_timeout,
      actors::list_ended_services{what.environment, what.after, what.limit + 1},
      [then, all = std::move(all), id = what.environment, sites,
       limit = what.limit](const std::vector<actors::stored_deployment>& ended) {
        auto both = all;
        for (const auto& stored : ended) {
          const auto& name = stored.row.spec.service;
          both.emplace(name, service_view{{id, name}, {}, {view_of(stored)}, sites});
        }
        page<service_view> out;
        out.more = both.size() > limit;
        for (auto& [name, one] : both)
          if (out.items.size() < limit) out.items.push_back(std::move(one));
        then(std::move(out));
      },
      then);
}

}  // namespace

void perform(const task& t, const get_service&, answer_to<service_view_ptr> then) {
  then(t.of->service);
}

void perform(const task& t, const list_services& what, answer_to<page<service_view>> then) {
  const auto& parts = t.parts();
  if (parts.board->find(what.environment)) return answer_page(t, what, parts.board->services(what.environment), then);
  // The board is not filled yet.
  ask(
      t.self, parts.database, parts.database_timeout, actors::load_environment{what.environment},
      [t, what, then](const actors::living_rows& rows) { answer_page(t, what, living_of(rows), then); }, then);
}

void perform(const task& t, const update_service& what, answer_to<actors::deployment_view_ptr> then) {
  const auto& parts = t.parts();
  const auto& planned = t.of->planned;
  pass_on(t, parts.orchestrator, parts.orchestrator_timeout,
          actors::change_service{t.of->who.user, what.service.environment, what.service.name, what.if_number,
                                 planned.deployment, planned.job, what.change},
          std::move(then));
}

void perform(const task& t, const plan_service& what, answer_to<planned_application_ptr> then) {
  const auto base = t.of->service->base();
  const auto spec = model::next_spec(base ? &base->row : nullptr, what.if_number, what.change);
  if (!spec) return then(refusal(spec.error()));
  model::wanted_service next{spec.value(), {}, {}};
  next.anew = true;
  model::standing_releases standing;
  const bool is_past = !model::stands(base->row) && base->row.status != model::deployment_status::succeeded;
  if (!is_past) standing.emplace(what.service.name, base->row);
  auto plan = model::plan_application({std::move(next)}, standing, false);
  plan ? look_ahead(t, what.service.environment, std::move(plan.value()), true, then) : then(refusal(plan.error()));
}

}  // namespace troupe::desk
