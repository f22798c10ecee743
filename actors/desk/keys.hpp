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

// It fails from the next request on, and its streams end. A key revokes itself; another one of its user's only with
// KEYS_WRITE, and none that may what it may not.
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
  // To which it is limited, the user's own; empty: all of them. Not with ADMIN.
  std::vector<model::environment_id> environments;

  subject::account about() const { return {}; }
};

// A link that gives a key of the caller's own, once: with scopes that the caller has, and the caller's own limit. One
// that is to replace another is made only where that can still be spent (conflict).
struct issue_magic_link {
  static constexpr terms on{.name = "issue_magic_link", .needs = model::scope::keys_write, .writes = true};
  using answer = actors::issued_magic_link;

  std::string name;  // the key's
  model::scope_set scopes;
  std::optional<std::chrono::seconds> key_lifetime;
  std::string replaces{};  // a link of the caller's by its reference, void from then on; "": none

  subject::account about() const { return {}; }
};

void perform(const task& t, const create_key& what, answer_to<actors::created_key> then);
void perform(const task& t, const issue_magic_link& what, answer_to<actors::issued_magic_link> then);
void perform(const task& t, const list_keys& what, answer_to<std::vector<model::api_key>> then);
void perform(const task& t, const revoke_key& what, answer_to<model::done> then);

}  // namespace troupe::desk
