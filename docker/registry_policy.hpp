// Which registries the Engine may be sent to: none on a private, loopback or link-local address unless the operator
// listed it (PRIVATE_REGISTRIES), lest a tenant use the Engine to reach what only this machine can. The packet rules of
// the machine do the same for redirects, which cannot be seen from here.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/model/problem.hpp"

namespace troupe::docker {

// Addresses of a host, as text; empty where it does not resolve.
using resolver = std::function<std::vector<std::string>(const std::string& host)>;
std::vector<std::string> resolve_host(const std::string& host);

// "10.0.0.1", "::1", "fe80::1": also unspecified, shared (100.64/10), benchmark, multicast and mapped addresses.
bool is_private_address(std::string_view address);

// Where `registry` ("host[:port]") may not be asked: REGISTRY_DENIED. A name that has no address here is not asked
// either, since nobody knows where the Engine would be sent: REGISTRY_UNREACHABLE, and the next try may find one.
std::optional<model::effect_error> registry_denial(const std::string& registry, const std::vector<std::string>& allowed,
                                                   const resolver& resolve = resolve_host);

}  // namespace troupe::docker
