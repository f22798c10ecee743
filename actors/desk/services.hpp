// What can be asked of services.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "actors/desk/answer_to.hpp"
#include "actors/desk/applications.hpp"
#include "actors/desk/page.hpp"
#include "actors/desk/service_view.hpp"
#include "actors/desk/terms.hpp"
#include "actors/messages.hpp"

namespace troupe::desk {

struct get_service {
  static constexpr terms on{.name = "get_service", .needs = model::scope::deployments_read};
  using answer = service_view_ptr;

  model::service_id service;

  subject::service about() const { return {service}; }
};

// By name.
struct list_services {
  static constexpr terms on{.name = "list_services", .needs = model::scope::deployments_read};
  using answer = page<service_view>;

  model::environment_id environment;
  std::string after{};  // the last name seen
  std::uint32_t limit = default_page;

  subject::environment about() const { return {environment}; }
};

// The next release, made from the spec of service_view::base() as it is when this one is accepted.
struct update_service {
  static constexpr terms on{.name = "update_service",
                            .needs = model::scope::deployments_write,
                            .writes = true,
                            .limit = budget::deployments,
                            .plans = planning::deployment};
  using answer = actors::deployment_view_ptr;

  model::service_id service;
  model::spec_change change;
  std::optional<std::uint64_t> if_number;  // else it is outdated

  subject::service about() const { return {service}; }
};

// What update_service would do now. Nothing is touched.
struct plan_service {
  static constexpr terms on{.name = "plan_service", .needs = model::scope::deployments_read, .limit = budget::plans};
  using answer = planned_application_ptr;

  model::service_id service;
  model::spec_change change;
  std::optional<std::uint64_t> if_number;

  subject::service about() const { return {service}; }
};

void perform(const task& t, const get_service& what, answer_to<service_view_ptr> then);
void perform(const task& t, const list_services& what, answer_to<page<service_view>> then);
void perform(const task& t, const update_service& what, answer_to<actors::deployment_view_ptr> then);
void perform(const task& t, const plan_service& what, answer_to<planned_application_ptr> then);

}  // namespace troupe::desk
