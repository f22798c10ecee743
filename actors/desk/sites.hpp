// What can be asked of an environment's public domain.
#pragma once

#include <cstdint>
#include <string>

#include "actors/desk/answer_to.hpp"
#include "actors/desk/terms.hpp"
#include "actors/views.hpp"

namespace troupe::desk {

struct published_environment {
  actors::environment_view_ptr environment;
  actors::site_view_ptr site;
};

struct publish_environment {
  static constexpr terms on{.name = "publish_environment", .needs = model::scope::environments_write, .writes = true};
  using answer = published_environment;

  model::environment_id environment;
  std::string domain;      // canonical
  std::string service;     // "": the only one with a port
  std::uint16_t port = 0;  // 0: the service's only one
  bool replace = false;    // whether it may take another domain's place

  subject::environment about() const { return {environment}; }
};

struct unpublish_environment {
  static constexpr terms on{.name = "unpublish_environment", .needs = model::scope::environments_write, .writes = true};
  using answer = actors::environment_view_ptr;

  model::environment_id environment;

  subject::environment about() const { return {environment}; }
};

void perform(const task& t, const publish_environment& what, answer_to<published_environment> then);
void perform(const task& t, const unpublish_environment& what, answer_to<actors::environment_view_ptr> then);

}  // namespace troupe::desk
