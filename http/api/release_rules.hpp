// What a release's body must keep beyond its schema.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "actors/model/problem.hpp"
#include "actors/model/release_spec.hpp"
#include "config/settings.hpp"

namespace troupe::http::api {

// Looks at what has the right type and leaves the rest to the schema, so that both can speak at once. `ingress_fault`:
// what is wrong with ports of mode ingress on this Engine, "" for nothing.
std::vector<model::violation> check_release(const nlohmann::json& body, const config::settings& settings,
                                            std::string_view ingress_fault = {});

// The release of a body that passed its schema and check_release and has its defaults filled in.
model::release_spec release_of(const nlohmann::json& body);

// Ports that the platform itself listens on, or may: the door, the server, admin, the edge, Swarm and the addresses in
// settings.
std::vector<std::uint16_t> platform_ports(const config::settings& settings);

}  // namespace troupe::http::api
