// What can be asked of the caller's logins to registries: with them images are pulled that a registry does not give to
// everybody.
#pragma once

#include <string>
#include <vector>

#include "actors/desk/answer_to.hpp"
#include "actors/desk/terms.hpp"
#include "actors/messages.hpp"

namespace troupe::desk {

// By the registry's name. Faces show no password and no token.
struct list_registries {
  static constexpr terms on{.name = "list_registries", .needs = model::scope::deployments_read};
  using answer = std::vector<model::registry_login>;

  subject::account about() const { return {}; }
};

// Saved once the registry has taken it; the next pull uses it. What is there is replaced. Repeating it needs no
// Idempotency-Key, and none is kept: it would hold what a password can be guessed by.
struct put_registry {
  static constexpr terms on{.name = "put_registry", .needs = model::scope::deployments_write};
  using answer = model::registry_login;

  model::registry_login login;

  subject::whole_account about() const { return {}; }
};

// What was pulled with it stays where it runs.
struct delete_registry {
  static constexpr terms on{.name = "delete_registry", .needs = model::scope::deployments_write, .writes = true};
  using answer = model::done;

  std::string registry;  // canonical; "": the name has no registry's form, and there is no login to it

  subject::whole_account about() const { return {}; }
};

void perform(const task& t, const list_registries& what, answer_to<std::vector<model::registry_login>> then);
void perform(const task& t, const put_registry& what, answer_to<model::registry_login> then);
void perform(const task& t, const delete_registry& what, answer_to<model::done> then);

}  // namespace troupe::desk
