// What a user has given Troupe to pull from a registry with. Held in memory; at rest it is sealed.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "actors/model/time.hpp"

namespace troupe::model {

// Either a user's name with a password (also an access token that stands for one), or an identity token, which the
// registry gives to who has logged in by OAuth 2.
struct registry_login {
  std::string registry;  // as image_reference::registry has it
  std::string username;
  std::string password;        // never shown
  std::string identity_token;  // likewise
  timestamp updated_at{};      // when it was given, by the database's clock

  bool operator==(const registry_login&) const = default;
};

inline constexpr std::size_t most_registry_logins = 50;  // of one user

// A registry's name as people write it, made canonical: "host[:port]" in lower case, and docker.io for all that Docker
// Hub is called. Nothing: it is no host name or IPv4 address, with a port or without.
std::optional<std::string> parse_registry(std::string_view text);

}  // namespace troupe::model
