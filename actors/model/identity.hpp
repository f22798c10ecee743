// Users, keys and scopes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/model/enum_text.hpp"
#include "actors/model/ids.hpp"
#include "actors/model/time.hpp"

namespace troupe::model {

// KEYS_WRITE: revoke other keys than one's own.
enum class scope {
  environments_read,
  environments_write,
  deployments_read,
  deployments_write,
  logs_read,
  keys_write,
  admin
};
inline constexpr enum_texts<scope, 7> scope_texts{{"ENVIRONMENTS_READ", "ENVIRONMENTS_WRITE", "DEPLOYMENTS_READ",
                                                   "DEPLOYMENTS_WRITE", "LOGS_READ", "KEYS_WRITE", "ADMIN"}};

class scope_set {
public:
  constexpr scope_set() = default;
  constexpr scope_set(std::initializer_list<scope> scopes) {
    for (auto s : scopes) add(s);
  }
  constexpr void add(scope s) { bits_ |= bit(s); }
  constexpr bool has(scope s) const { return (bits_ & bit(s)) != 0; }
  constexpr bool covers(scope_set other) const { return (other.bits_ & ~bits_) == 0; }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr bool operator==(const scope_set&) const = default;
  std::vector<std::string_view> texts() const;

  // All but ADMIN: what a user's key gets unless less is asked for.
  static constexpr scope_set user() {
    return {scope::environments_read, scope::environments_write, scope::deployments_read,
            scope::deployments_write, scope::logs_read,          scope::keys_write};
  }

private:
  static constexpr std::uint32_t bit(scope s) { return 1U << static_cast<unsigned>(s); }
  std::uint32_t bits_ = 0;
};

// "<prefix><keyId>.<secret>": keyId is 16 of a-z2-7, secret 32-64 of [A-Za-z0-9_-] (bcrypt reads 72 bytes at most).
struct presented_key {
  std::string key_id;
  std::string secret;
};
std::optional<presented_key> parse_key(std::string_view prefix, std::string_view text);

// A row of api_keys; the secret's bcrypt hash never leaves persistence and identity.
struct api_key {
  std::string key_id;
  user_id owner;
  std::string name;
  scope_set scopes;
  std::string secret_hash;  // bcrypt, cost 10
  timestamp created_at{};
  std::optional<timestamp> last_used_at;
  std::optional<timestamp> expires_at;
  std::optional<timestamp> revoked_at;
  std::vector<environment_id> environments{};  // empty: all of its owner's
};

// Why no key may be of these scopes with this limit; null where one may. ADMIN sees what is of all users, so a limit to
// environments would not hold.
const char* fault_of_limit(scope_set scopes, const std::vector<environment_id>& environments);

// Who asks, once a key was verified.
struct caller {
  user_id user;
  std::string key_id;
  scope_set scopes;
  std::vector<environment_id> environments{};  // to which the key is limited; empty: all of the user's

  // Whether the key's limit lets it; ownership is another question.
  bool may_see(const environment_id& which) const;
  // Whether the key may whatever that one may; ownership is another question.
  bool covers(const api_key& other) const;
};

}  // namespace troupe::model
