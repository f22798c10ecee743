// What can be asked of environments.
#pragma once

#include <optional>
#include <string>

#include "actors/desk/answer_to.hpp"
#include "actors/desk/page.hpp"
#include "actors/desk/terms.hpp"
#include "actors/views.hpp"

namespace troupe::desk {

struct create_environment {
  static constexpr terms on{.name = "create_environment",
                            .needs = model::scope::environments_write,
                            .writes = true,
                            .plans = planning::environment};
  using answer = actors::environment_view_ptr;

  std::string name;

  subject::new_environment about() const { return {}; }
};

struct get_environment {
  static constexpr terms on{.name = "get_environment", .needs = model::scope::environments_read};
  using answer = actors::environment_view_ptr;

  model::environment_id environment;

  subject::environment about() const { return {environment}; }
};

struct delete_environment {
  static constexpr terms on{.name = "delete_environment", .needs = model::scope::environments_write, .writes = true};
  using answer = actors::environment_view_ptr;

  model::environment_id environment;

  subject::environment about() const { return {environment}; }
};

struct listed_environment {
  model::environment row;
  actors::site_views_ptr sites;
};

// In order of creation; of a limited key only those that it is limited to.
struct list_environments {
  static constexpr terms on{.name = "list_environments", .needs = model::scope::environments_read};
  using answer = page<listed_environment>;

  std::optional<model::environment_id> after;  // the last one seen
  std::uint32_t limit = default_page;

  subject::account about() const { return {}; }
};

void perform(const task& t, const create_environment& what, answer_to<actors::environment_view_ptr> then);
void perform(const task& t, const get_environment& what, answer_to<actors::environment_view_ptr> then);
void perform(const task& t, const delete_environment& what, answer_to<actors::environment_view_ptr> then);
void perform(const task& t, const list_environments& what, answer_to<page<listed_environment>> then);

}  // namespace troupe::desk
