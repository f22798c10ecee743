#include "actors/desk/applications.hpp"

#include <algorithm>

#include "actors/desk/admission.hpp"
#include "actors/desk/conflicts.hpp"
#include "actors/desk/find.hpp"
#include "actors/desk/privileges.hpp"
#include "actors/held_images.hpp"
#include "actors/standing_releases.hpp"

namespace troupe::desk {

namespace {

// At what the environment's services would be changed from now.
void find_standing(const task& t, const model::environment_id& in,
                   const std::function<void(const model::standing_releases&)>& then, const not_found& fail) {
  const auto& parts = t.parts();
  ask(
      t.self, parts.database, parts.database_timeout, actors::list_ended_services{in, {}, model::most_services, true},
      [board = parts.board, in,
       before = std::make_shared<const model::standing_releases>(actors::standing_on(*parts.board, in)),
       then](const std::vector<actors::stored_deployment>& ended) {
        then(actors::standing_in(*board, in, ended, *before));
      },
      fail);
}

std::optional<refusal> find_ungranted(const parts& with, const wanted_application& wanted) {
  std::vector<model::violation> all;
  for (const auto& one : wanted.services)
    for (auto& v : find_ungranted(with, one.spec)) all.push_back({'/' + one.spec.service + v.pointer, v.detail});
  return all.empty() ? std::nullopt : std::optional(not_granted(std::move(all)));
}

// Whether it was refused because its plan is not true any more, as its environment says it.
bool is_about_its_plan(const refusal& why) {
  return why.why == cause::conflict &&
         std::any_of(why.violations.begin(), why.violations.end(), [](const auto& v) { return v.pointer == "/plan"; });
}

using application_answer = answer_to<actors::application_view_ptr>;

void pass_on_to_environment(const task& t, const std::shared_ptr<const apply_application>& what,
                            const application_answer& then) {
  const auto& parts = t.parts();
  ask(
      t.self, parts.orchestrator, parts.orchestrator_timeout,
      actors::apply_application{t.of->who.user, what->environment, t.of->planned.operation, what->wanted.services,
                                what->wanted.prune, what->on_failure, what->world},
      [then](const actors::application_view_ptr& accepted) { then(accepted); },
      [t, what, then](refusal why) {
        if (!is_about_its_plan(why)) return then(std::move(why));
        // With the plan that would follow now, where the caller may have one.
        t.at->query<plan_application>(t.self, t.of->who, {what->environment, what->wanted},
                                      [why, then](const outcome<planned_application_ptr>& now) {
                                        auto whole = why;
                                        if (now) whole.plan = now.value();
                                        then(std::move(whole));
                                      });
      });
}

// One that was accepted before, and whose answer was lost, has that answer, whatever is in its way by now.
void refuse_unless_accepted(const task& t, const std::shared_ptr<const apply_application>& what, refusal why,
                            const application_answer& then) {
  ask(
      t.self, t.parts().database, t.parts().database_timeout,
      actors::find_application{t.of->planned.operation, t.of->who.user},
      [t, what, then](const actors::application_view_ptr&) { pass_on_to_environment(t, what, then); },
      [why = std::move(why), then](refusal unknown) {
        then(unknown.why == cause::not_found ? why : std::move(unknown));
      });
}

wanted_images images_of(const task& t, const model::environment_id& in, const model::application_plan& plan) {
  wanted_images out;
  for (const auto& change : plan.changes) {
    if (!change.action || change.action == model::step_action::remove) continue;
    auto held =
        change.standing ? actors::held_images(*t.parts().board, in, change.service) : std::vector<std::string>();
    const auto [wanted, is_first] = out.try_emplace(wish_of(change.spec), wanted_image{change.spec.image, held});
    // Of several services: what each of them was given, or another one's access would speak for it.
    if (!is_first)
      std::erase_if(wanted->second.held,
                    [&](const auto& image) { return std::find(held.begin(), held.end(), image) == held.end(); });
  }
  return out;
}

}  // namespace

void look_ahead(const task& t, const model::environment_id& in, model::application_plan plan, bool anew,
                answer_to<planned_application_ptr> then) {
  const auto out = std::make_shared<planned_application>();
  out->plan = std::move(plan);
  const auto both = [out, then, left = std::make_shared<int>(2)] {
    if (--*left == 0) then(planned_application_ptr(out));
  };
  find_conflicts(t, in, {out, &out->plan}, [out, both, t, in, anew](std::vector<model::plan_conflict> found) {
    out->conflicts = std::move(found);
    for (auto& wait : find_waits(t, in, anew)) out->conflicts.push_back(std::move(wait));
    both();
  });
  look_up_images(t, images_of(t, in, out->plan), [out, both](image_prospects found) {
    out->images = std::move(found);
    both();
  });
}

void perform(const task& t, const plan_application& what, answer_to<planned_application_ptr> then) {
  if (auto why = find_ungranted(t.parts(), what.wanted)) return then(std::move(*why));
  find_standing(
      t, what.environment,
      [t, in = what.environment, wanted = std::make_shared<wanted_application>(what.wanted),
       then](const model::standing_releases& standing) {
        const bool anew =
            std::any_of(wanted->services.begin(), wanted->services.end(), [](const auto& one) { return one.anew; });
        auto plan = model::plan_application(std::move(wanted->services), standing, wanted->prune);
        plan ? look_ahead(t, in, std::move(plan.value()), anew, then) : then(refusal(plan.error()));
      },
      then);
}

void perform(const task& t, const apply_application& asked, application_answer then) {
  const auto& parts = t.parts();
  if (auto why = find_ungranted(parts, asked.wanted)) return then(std::move(*why));
  const auto what = std::make_shared<const apply_application>(asked);
  if (what->wanted.services.empty()) return pass_on_to_environment(t, what, then);
  find_standing(
      t, what->environment,
      [t, what, then](const model::standing_releases& standing) {
        auto plan = model::plan_application(what->wanted.services, standing, what->wanted.prune);
        // What its environment refuses anyway is told by that.
        if (!plan || (!what->world.empty() && what->world != plan.value().world))
          return pass_on_to_environment(t, what, then);
        find_conflicts(t, what->environment, std::make_shared<const model::application_plan>(std::move(plan.value())),
                       [t, what, then](std::vector<model::plan_conflict> found) {
                         std::erase_if(found, [](const auto& one) { return !one.is_certain; });
                         if (found.empty()) return pass_on_to_environment(t, what, then);
                         refuse_unless_accepted(t, what, refusal(model::in_its_way(found)), then);
                       });
      },
      then);
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
