// A registry login as the Engine takes it (API: "AuthConfig").
#pragma once

#include <string>

#include "actors/model/problem.hpp"
#include "actors/model/registry_login.hpp"
#include "docker/api_client.hpp"

namespace troupe::docker {

// The body of POST /auth.
json auth_config(const model::registry_login& login);
// For pulls, and for services, whose nodes pull for themselves: "X-Registry-Auth: …".
std::string auth_header(const model::registry_login& login);

// What its user can do about a pull that a registry refused, with a login or without.
std::string hint_for_login(const model::failure& refused, const std::string& registry, bool with_login);

// What POST /auth says of a login that the registry did not take.
model::effect_error classify_login(const reply& said, const model::registry_login& login);

}  // namespace troupe::docker
