#include "actors/desk/deployments.hpp"

#include "actors/desk/admission.hpp"
#include "actors/desk/find.hpp"
#include "actors/desk/privileges.hpp"

namespace troupe::desk {

namespace {

actors::read_logs logs_of(const task& t, const read_logs& what) {
  const auto& row = t.of->deployment->row;
  actors::read_logs out{row.environment, row.spec.service, row.id, what.tail, what.since, what.keep_escapes};
  if (const auto* other = std::get_if<model::deployment_id>(&what.of)) out.deployment = *other;
  if (std::holds_alternative<read_logs::every_release>(what.of)) out.deployment = {};
  out.until = what.until;
  out.contains = what.contains;
  out.before = what.before;
  out.after = what.after;
  return out;
}

using deployment_page = page<actors::deployment_view_ptr>;

deployment_page page_of(const std::vector<actors::stored_deployment>& rows, std::uint32_t limit,
                        const actors::board& board, const model::user_id& user) {
  deployment_page out;
  out.more = rows.size() > limit;
  for (const auto& stored : rows) {
    if (out.items.size() == limit) break;
    // The board is at least as new as the row, and knows how far a pull is.
    const auto view = board.find(stored.row.id);
    out.items.push_back(view && view->row.owner == user ? view : view_of(stored));
  }
  return out;
}

template <class Query>
void ask_for_page(const task& t, Query what, std::uint32_t limit, answer_to<deployment_page> then) {
  const auto& parts = t.parts();
  ask(
      t.self, parts.database, parts.database_timeout, std::move(what),
      [then, limit, board = parts.board, user = t.of->who.user](const std::vector<actors::stored_deployment>& rows) {
        then(page_of(rows, limit, *board, user));
      },
      then);
}

refusal no_room() {
  return {cause::retry, "Too many streams are open already.", 5};
}

refusal wrong_target(cause why, std::string detail) {
  refusal out{why, std::move(detail)};
  out.violations = {
      {"/to", why == cause::not_found ? "is no deployment of yours" : "must be a release of the same service"}};
  return out;
}

// A rollback has no body with ports or volumes, so what is wrong with those of the release is told in words.
refusal about_release(refusal why) {
  std::string all;
  for (const auto& one : why.violations) (all += all.empty() ? "" : "; ") += one.detail;
  if (!all.empty()) why.detail += (why.detail.ends_with('.') ? " In that release: " : ": ") + all + '.';
  why.violations.clear();
  return why;
}

void roll_back(const task& t, const roll_back_deployment& what, const answer_to<actors::deployment_view_ptr>& then) {
  const auto& parts = t.parts();
  const auto& planned = t.of->planned;
  ask(t.self, parts.orchestrator, parts.orchestrator_timeout,
      actors::rollback_deployment{t.of->who.user, what.deployment, what.to, planned.deployment, planned.job}, then,
      [then](refusal why) { then(about_release(std::move(why))); });
}

}  // namespace

void perform(const task& t, const create_deployment& what, answer_to<actors::deployment_view_ptr> then) {
  const auto& parts = t.parts();
  const auto& planned = t.of->planned;
  if (auto ungranted = find_ungranted(parts, what.spec); !ungranted.empty())
    return then(not_granted(std::move(ungranted)));
  pass_on(t, parts.orchestrator, parts.orchestrator_timeout,
          actors::create_deployment{t.of->who.user, what.environment, planned.deployment, planned.job, what.spec, {}},
          std::move(then));
}

void perform(const task& t, const roll_back_deployment& what, answer_to<actors::deployment_view_ptr> then) {
  if (!what.to) return roll_back(t, what, then);
  find_own(
      t.self, t.parts(), t.of->who, subject::deployment{*what.to},
      [t, what, then](const actors::deployment_view_ptr& target) {
        const auto& from = t.of->deployment->row;
        const auto& to = target->row;
        if (to.environment != from.environment || to.spec.service != from.spec.service)
          return then(wrong_target(cause::rejected, "The deployment in `to` is a release of another service (" +
                                                        to.spec.service + "): a rollback stays within its own."));
        if (auto ungranted = find_ungranted(t.parts(), to.spec); !ungranted.empty())
          return then(about_release(not_granted(std::move(ungranted))));
        roll_back(t, what, then);
      },
      [then](refusal why) {
        then(why.why == cause::not_found ? wrong_target(cause::not_found, "There is no deployment as named in `to`.")
                                         : std::move(why));
      });
}

void order(const task& t, model::command what, answer_to<actors::deployment_view_ptr> then) {
  const auto& parts = t.parts();
  const auto& row = t.of->deployment->row;
  pass_on(t, parts.orchestrator, parts.orchestrator_timeout, actors::command_deployment{t.of->who.user, row.id, what},
          std::move(then));
}

void perform(const task& t, const get_deployment& what, answer_to<actors::deployment_view_ptr> then) {
  const auto& view = t.of->deployment;
  if (what.wait.count() == 0 || model::is_settled(view->row)) return then(view);
  t.at->wait(t.self, view, what, t.of->who, std::move(then));
}

void perform(const task& t, const list_deployments& what, answer_to<deployment_page> then) {
  // One more row tells whether there is a next page.
  ask_for_page(t,
               actors::list_deployments{t.of->who.user, what.environment, what.before_number, what.limit + 1,
                                        what.service, what.status},
               what.limit, std::move(then));
}

void perform(const task& t, const list_own_deployments& what, answer_to<deployment_page> then) {
  const auto& who = t.of->who;
  auto only = who.environments;
  if (what.environment) {
    if (!who.may_see(*what.environment)) return then(deployment_page{});
    only = {*what.environment};
  }
  ask_for_page(
      t,
      actors::list_own_deployments{who.user, what.before, what.limit + 1, what.service, what.status, std::move(only)},
      what.limit, std::move(then));
}

void perform(const task& t, const list_transitions& what, answer_to<std::vector<model::transition>> then) {
  const auto& parts = t.parts();
  pass_on(t, parts.database, parts.database_timeout,
          actors::list_transitions{t.of->deployment->row.id, what.after_revision}, std::move(then));
}

void perform(const task& t, const follow_timeline& what, answer_to<bool> then) {
  const auto& parts = t.parts();
  const auto& id = t.of->deployment->row.id;
  ask(
      t.self, parts.database, parts.database_timeout, actors::list_transitions{id, 0},
      [t, id, what, then](const std::vector<model::transition>& known) {
        if (is_over(known) && known.back().revision <= what.after_revision) return then(false);
        auto sink = what.open();
        if (!sink) return then(no_room());
        t.at->timelines_.follow(t.self, t.parts(), id, what.after_revision, known, std::move(sink));
        then(true);
      },
      then);
}

void perform(const task& t, const read_logs& what, answer_to<page<actors::log_line>> then) {
  const auto& parts = t.parts();
  ask(
      t.self, parts.engine, parts.engine_timeout, logs_of(t, what),
      [then](const actors::log_page& kept) {
        then(page<actors::log_line>{kept.lines, kept.more});
      },
      then);
}

namespace {

// Of a release that is over all has been written: it is given, and the stream ends.
void give_whole(const task& t, const follow_logs& what, answer_to<bool> then) {
  const auto& parts = t.parts();
  ask(
      t.self, parts.engine, parts.engine_timeout, logs_of(t, what.from),
      [what, then](const actors::log_page& kept) {
        if (kept.lines.empty() && what.from.after) return then(false);
        const auto sink = what.open();
        if (!sink) return then(no_room());
        then(true);
        for (const auto& line : kept.lines)
          if (!sink->line(line)) break;
        if (sink->ended) sink->ended();
      },
      then);
}

}  // namespace

void perform(const task& t, const follow_logs& what, answer_to<bool> then) {
  const bool of_one = !std::holds_alternative<read_logs::every_release>(what.from.of);
  if (of_one && model::is_final(t.of->deployment->row.status)) return give_whole(t, what, std::move(then));
  auto sink = what.open();
  if (!sink) return then(no_room());
  t.self->send(t.parts().engine, actors::follow_logs{logs_of(t, what.from), std::move(sink), t.of->who.user});
  then(true);
}

}  // namespace troupe::desk
