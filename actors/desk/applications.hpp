// What can be asked of applications: services that are deployed together.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/desk/answer_to.hpp"
#include "actors/desk/image_lookups.hpp"
#include "actors/desk/page.hpp"
#include "actors/desk/terms.hpp"
#include "actors/messages.hpp"
#include "actors/model/application_conflicts.hpp"
#include "actors/views.hpp"

namespace troupe::desk {

// What an application is: services by their specs, and whether those that it does not name go.
struct wanted_application {
  std::vector<model::wanted_service> services;
  bool prune = false;
};

// What applying it would do now, and what is in its way.
struct planned_application {
  model::application_plan plan;
  image_prospects images;                       // by wish_of, of what is created or updated
  std::vector<model::plan_conflict> conflicts;  // those of services in the plan's order, then those of the whole
};
using planned_application_ptr = std::shared_ptr<const planned_application>;

// Nothing is touched.
struct plan_application {
  static constexpr terms on{
      .name = "plan_application", .needs = model::scope::deployments_read, .limit = budget::plans};
  using answer = planned_application_ptr;

  model::environment_id environment;
  wanted_application wanted;

  subject::environment about() const { return {environment}; }
};

// Looks up what the images of the plan lead to, and what is in its way. `anew`: it is of one release, which is deployed
// by itself.
void look_ahead(const task& t, const model::environment_id& in, model::application_plan plan, bool anew,
                answer_to<planned_application_ptr> then);

// Of the quota it takes one, however many services it has.
struct apply_application {
  static constexpr terms on{.name = "apply_application",
                            .needs = model::scope::deployments_write,
                            .writes = true,
                            .limit = budget::deployments,
                            .plans = planning::operation};
  using answer = actors::application_view_ptr;

  model::environment_id environment;
  wanted_application wanted;
  model::failure_policy on_failure{};
  std::string world{};  // of the plan that was shown; "": whatever there is

  subject::environment about() const { return {environment}; }
};

// The services that stand, as they would have to be wanted for nothing to change, by name.
struct get_application {
  static constexpr terms on{.name = "get_application", .needs = model::scope::deployments_read};
  using answer = std::vector<model::wanted_service>;

  model::environment_id environment;

  subject::environment about() const { return {environment}; }
};

// Of applications, newest first.
struct list_operations {
  static constexpr terms on{.name = "list_operations", .needs = model::scope::deployments_read};
  using answer = page<actors::application_view_ptr>;

  model::environment_id environment;
  std::optional<model::operation_id> before{};  // the last one seen
  std::uint32_t limit = default_page;

  subject::environment about() const { return {environment}; }
};

void perform(const task& t, const plan_application& what, answer_to<planned_application_ptr> then);
void perform(const task& t, const apply_application& what, answer_to<actors::application_view_ptr> then);
void perform(const task& t, const get_application& what, answer_to<std::vector<model::wanted_service>> then);
void perform(const task& t, const list_operations& what, answer_to<page<actors::application_view_ptr>> then);

}  // namespace troupe::desk
