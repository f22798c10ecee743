// Who the caller is, and what is used of their limits.
#pragma once

#include <string>
#include <vector>

#include "actors/desk/answer_to.hpp"
#include "actors/desk/terms.hpp"
#include "actors/model/quota.hpp"

namespace troupe::desk {

struct account {
  model::user_id user;
  std::string key_id, key_name;  // "": the caller has come without a key
  model::scope_set scopes;
  std::vector<model::environment_id> environments;  // to which the key is limited; empty: all of the user's
  model::quota::decision deployments;               // of a minute; as if one were asked for, which takes nothing
};

struct get_account {
  static constexpr terms on{.name = "get_account", .needs = right::any_key()};
  using answer = account;

  subject::account about() const { return {}; }
};

void perform(const task& t, const get_account& what, answer_to<account> then);

}  // namespace troupe::desk
