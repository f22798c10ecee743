#include "actors/desk/applications.hpp"

#include "actors/desk/admission.hpp"
#include "actors/desk/find.hpp"
#include "actors/desk/privileges.hpp"
#include "actors/standing_releases.hpp"

namespace troupe::desk {

namespace {

// At what the environment's services would be changed from now.
void find_standing(const task& t, const model::environment_id& in,
                   const std::function<void(const model::standing_releases&)>& then, const not_found& fail) {
  const auto& parts = t.parts();
  ask(
      t.self, parts.database, parts.database_timeout, actors::list_ended_services{in, {}, model::most_services},
      [board = parts.board, in, before = actors::standing_on(*parts.board, in),
       then](const std::vector<actors::stored_deployment>& ended) {
        then(actors::standing_in(*board, in, ended, before));
      },
      fail);
}

std::optional<refusal> find_ungranted(const parts& with, const wanted_application& wanted) {
  std::vector<model::violation> all;
  for (const auto& one : wanted.services)
    for (auto& v : find_ungranted(with, one.spec)) all.push_back({'/' + one.spec.service + v.pointer, v.detail});
  return all.empty() ? std::nullopt : std::optional(not_granted(std::move(all)));
}

}  // namespace

void perform(const task& t, const plan_application& what, answer_to<model::application_plan> then) {
  if (auto why = find_ungranted(t.parts(), what.wanted)) return then(std::move(*why));
  find_standing(
      t, what.environment,
      [what, then](const model::standing_releases& standing) {
        auto plan = model::plan_application(what.wanted.services, standing, what.wanted.prune);
        plan ? then(std::move(plan.value())) : then(refusal(plan.error()));
      },
      then);
}

void perform(const task& t, const apply_application& what, answer_to<actors::application_view_ptr> then) {
  const auto& parts = t.parts();
  if (auto why = find_ungranted(parts, what.wanted)) return then(std::move(*why));
  pass_on(t, parts.orchestrator, parts.orchestrator_timeout,
          actors::apply_application{t.of->who.user, what.environment, t.of->planned.operation, what.wanted.services,
                                    what.wanted.prune, what.on_failure, what.world},
          std::move(then));
}

void perform(const task& t, const get_application& what, answer_to<std::vector<model::wanted_service>> then) {
  find_standing(
      t, what.environment,
      [t, what, then](const model::standing_releases& standing) {
        const auto& parts = t.parts();
        ask(
            t.self, parts.database, parts.database_timeout, actors::list_dependencies{what.environment},
            [standing, then](const model::dependencies& stored) {
              then(model::standing_application(standing, stored));
            },
            then);
      },
      then);
}

void perform(const task& t, const list_operations& what, answer_to<page<actors::application_view_ptr>> then) {
  const auto& parts = t.parts();
  ask(
      t.self, parts.database, parts.database_timeout,
      // One more tells whether there is a next page.
      actors::list_applications{t.of->who.user, what.environment, what.before, what.limit + 1},
      [then, limit = what.limit](const std::vector<actors::application_view_ptr>& found) {
        page<actors::application_view_ptr> out;
        out.more = found.size() > limit;
        out.items.assign(found.begin(), found.begin() + std::min<std::size_t>(limit, found.size()));
        then(std::move(out));
      },
      then);
}

}  // namespace troupe::desk
