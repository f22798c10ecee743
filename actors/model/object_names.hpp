// Names and labels of everything Troupe makes in Docker. By environment id, so that two tenants' equal names never
// meet, and by nothing else, so that a crash between making and recording leaves nothing unknown.
#pragma once

#include <string>
#include <string_view>

#include "actors/model/ids.hpp"

namespace troupe::model::object_names {

inline constexpr std::string_view instance_label = "com.troupe.instance";
inline constexpr std::string_view environment_label = "com.troupe.environment";
inline constexpr std::string_view service_label = "com.troupe.service";
inline constexpr std::string_view deployment_label = "com.troupe.deployment";
inline constexpr std::string_view generation_label = "com.troupe.generation";
inline constexpr std::string_view grace_label = "com.troupe.grace";      // seconds, where a release says them
inline constexpr std::string_view ordered_label = "com.troupe.ordered";  // stop-first as asked, not for a volume's sake
inline constexpr std::string_view volume_label = "com.troupe.volume";    // the tenant's name of a volume
inline constexpr std::string_view edge_label = "com.troupe.edge";  // the edge's container: whose it is, by instance
inline constexpr std::string_view scratch_label = "com.troupe.scratch";  // tmpfs volumes of tasks, swept when unused

std::string network(const environment_id& e);                            // "troupe-<16>"
std::string service(const environment_id& e, std::string_view service);  // "<16>-<service>", at most 57 characters
std::string volume(const environment_id& e, std::string_view volume);    // "troupe-<16>-<volume>"

}  // namespace troupe::model::object_names
