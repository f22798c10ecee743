// What can be asked of the caller's own keys.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "actors/desk/answer_to.hpp"
#include "actors/desk/terms.hpp"
#include "actors/messages.hpp"

namespace troupe::actors {
struct created_key;  // actors/identity.hpp
}

namespace troupe::desk {

// Those that are not revoked.
struct list_keys {
  static constexpr terms on{.name = "list_keys", .needs = right::any_key()};
  using answer = std::vector<model::api_key>;

  subject::account about() const { return {}; }
};

// It fails from the next request on, and its streams end.
struct revoke_key {
  static constexpr terms on{.name = "revoke_key", .needs = right::any_key(), .writes = true};
  using answer = model::done;

  std::string key_id;

  subject::key about() const { return {key_id}; }
};

// A key at once: operators' alone, since its text goes to who asks.
struct create_key {
  static constexpr terms on{.name = "create_key", .needs = model::scope::admin, .writes = true};
  using answer = actors::created_key;

  std::string name;
  model::scope_set scopes;
  std::optional<std::chrono::seconds> lifetime;
  std::vector<model::environment_id> environments;  // to which it is limited; empty: all of the user's

  subject::account about() const { return {}; }
};

// A link that gives a key of the caller's own, once: with scopes that the caller has, and the caller's own limit.
struct issue_magic_link {
  static constexpr terms on{.name = "issue_magic_link", .needs = right::any_key(), .writes = true};
  using answer = actors::issued_magic_link;

  std::string name;  // the key's
  model::scope_set scopes;
  std::optional<std::chrono::seconds> key_lifetime;

  subject::account about() const { return {}; }
};

void perform(const task& t, const create_key& what, answer_to<actors::created_key> then);
void perform(const task& t, const issue_magic_link& what, answer_to<actors::issued_magic_link> then);
void perform(const task& t, const list_keys& what, answer_to<std::vector<model::api_key>> then);
void perform(const task& t, const revoke_key& what, answer_to<model::done> then);

}  // namespace troupe::desk
