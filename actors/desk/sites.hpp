// What can be asked of an environment's public domains.
#pragma once

#include <cstdint>
#include <string>

#include "actors/desk/answer_to.hpp"
#include "actors/desk/terms.hpp"
#include "actors/messages.hpp"
#include "actors/views.hpp"

namespace troupe::desk {

struct published_environment {
  actors::environment_view_ptr environment;
  actors::site_view_ptr site;
  actors::site_views_ptr all;  // that the environment has now
};

// The domain becomes the environment's only one; what was asked of it before stays, but for service and port.
struct publish_environment {
  static constexpr terms on{.name = "publish_environment", .needs = model::scope::environments_write, .writes = true};
  using answer = published_environment;

  model::environment_id environment;
  std::string domain;      // canonical
  std::string service;     // "": the only one with a port
  std::uint16_t port = 0;  // 0: the service's only one
  bool replace = false;    // whether it may take the place of others

  subject::environment about() const { return {environment}; }
};

struct unpublish_environment {
  static constexpr terms on{.name = "unpublish_environment", .needs = model::scope::environments_write, .writes = true};
  using answer = actors::environment_view_ptr;

  model::environment_id environment;

  subject::environment about() const { return {environment}; }
};

struct list_domains {
  static constexpr terms on{.name = "list_domains", .needs = model::scope::environments_read};
  using answer = actors::site_views_ptr;

  model::environment_id environment;

  subject::environment about() const { return {environment}; }
};

// One of the environment's domains, beside the others. What is not named is the default, also where it was another.
struct put_domain {
  static constexpr terms on{.name = "put_domain", .needs = model::scope::environments_write, .writes = true};
  using answer = published_environment;

  model::environment_id environment;
  std::string domain;      // canonical
  std::string service;     // "": the only one with a port
  std::uint16_t port = 0;  // 0: the service's only one
  actors::site_wishes wishes;

  subject::environment about() const { return {environment}; }
};

struct delete_domain {
  static constexpr terms on{.name = "delete_domain", .needs = model::scope::environments_write, .writes = true};
  using answer = published_environment;  // without the one that went

  model::environment_id environment;
  std::string domain;  // canonical; "": the name has no domain's form, and is none of the environment's

  subject::environment about() const { return {environment}; }
};

void perform(const task& t, const list_domains& what, answer_to<actors::site_views_ptr> then);
void perform(const task& t, const put_domain& what, answer_to<published_environment> then);
void perform(const task& t, const delete_domain& what, answer_to<published_environment> then);
void perform(const task& t, const publish_environment& what, answer_to<published_environment> then);
void perform(const task& t, const unpublish_environment& what, answer_to<actors::environment_view_ptr> then);

}  // namespace troupe::desk
