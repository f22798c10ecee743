// What can be asked of services.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "actors/desk/answer_to.hpp"
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
                            .limited = true,
                            .plans = planning::deployment};
  using answer = actors::deployment_view_ptr;

  model::service_id service;
  // Called once, on any thread; what it refuses is the answer.
  std::function<model::outcome<model::release_spec>(const model::release_spec& from)> change;
  std::optional<std::uint64_t> if_number;  // else it is outdated

  subject::service about() const { return {service}; }
};

void perform(const task& t, const get_service& what, answer_to<service_view_ptr> then);
void perform(const task& t, const list_services& what, answer_to<page<service_view>> then);
void perform(const task& t, const update_service& what, answer_to<actors::deployment_view_ptr> then);

}  // namespace troupe::desk
