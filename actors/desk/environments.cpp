#include "actors/desk/environments.hpp"

#include "actors/desk/admission.hpp"

namespace troupe::desk {

void perform(const task& t, const create_environment& what, answer_to<actors::environment_view_ptr> then) {
  const auto& parts = t.parts();
  pass_on(t, parts.orchestrator, parts.orchestrator_timeout,
          actors::create_environment{t.of->who.user, t.of->planned.environment, what.name}, std::move(then));
}

void perform(const task& t, const get_environment&, answer_to<actors::environment_view_ptr> then) {
  then(t.of->environment);
}

void perform(const task& t, const delete_environment& what, answer_to<actors::environment_view_ptr> then) {
  const auto& parts = t.parts();
  pass_on(t, parts.orchestrator, parts.orchestrator_timeout,
          actors::delete_environment{t.of->who.user, what.environment}, std::move(then));
}

void perform(const task& t, const list_environments& what, answer_to<page<listed_environment>> then) {
  const auto& parts = t.parts();
  // One more row tells whether there is a next page.
  ask(
      t.self, parts.database, parts.database_timeout,
      actors::list_environments{t.of->who.user, what.after, what.limit + 1, t.of->who.environments},
      [then, board = parts.board, limit = what.limit](const std::vector<model::environment>& rows) {
        page<listed_environment> out;
        out.more = rows.size() > limit;
        for (const auto& row : rows) {
          if (out.items.size() == limit) break;
          out.items.push_back({row, board->find_sites(row.id)});
        }
        then(std::move(out));
      },
      then);
}

}  // namespace troupe::desk
