// The life of a deployment, as the API names it.
//
//                      turn granted        resolved              ready                 stable
//   POST ──> PENDING ─────────────> PULLING_IMAGE ──> CREATING_VOLUMES ──> STARTING_CONTAINERS ──> RUNNING <──> STOPPED
//               │                        │                    │                     │                 │ next release
//               runs │ cancel                 │ failed, cancelled  │                     │ undo first      └──>
//               SUPERSEDED v                        v                    v                     v
//           CANCELLED                 FAILED / CANCELLED ("rejects")       FAILED / CANCELLED ("rolls back")
//
//   Of a job, which runs to its end, RUNNING leads to SUCCEEDED (exit code 0), FAILED (no try left, or its deadline is
//   over) or CANCELLED; also straight from STARTING_CONTAINERS where nobody saw it run.
//
//   A release that brings back one that was STOPPED goes from STARTING_CONTAINERS to STOPPED, and never runs.
//
//   Each of them goes to REMOVED on DELETE: by way of REMOVING where it owns its service, at once where it owns
//   nothing.
#pragma once

#include <cstdint>

#include "actors/model/enum_text.hpp"

namespace troupe::model {

enum class deployment_status {
  pending,
  pulling_image,
  creating_volumes,
  starting_containers,
  running,
  succeeded,
  failed,
  cancelled,
  superseded,
  stopped,
  removing,
  removed,
};
inline constexpr enum_texts<deployment_status, 12> deployment_status_texts{
    {"PENDING", "PULLING_IMAGE", "CREATING_VOLUMES", "STARTING_CONTAINERS", "RUNNING", "SUCCEEDED", "FAILED",
     "CANCELLED", "SUPERSEDED", "STOPPED", "REMOVING", "REMOVED"}};

// Holds the one turn of its service: nobody else may touch it.
constexpr bool is_in_flight(deployment_status s) {
  return s == deployment_status::pulling_image || s == deployment_status::creating_volumes ||
         s == deployment_status::starting_containers || s == deployment_status::removing;
}
// Owns its Swarm service while no other release is in flight.
constexpr bool is_current(deployment_status s) {
  return s == deployment_status::running || s == deployment_status::stopped;
}
// Nothing will ever happen to it again but REMOVED.
constexpr bool is_final(deployment_status s) {
  return s == deployment_status::succeeded || s == deployment_status::failed || s == deployment_status::cancelled ||
         s == deployment_status::superseded || s == deployment_status::removed;
}
// Ended without a successor: its service has nothing left but what it told.
constexpr bool came_to_its_end(deployment_status s) {
  return s == deployment_status::succeeded || s == deployment_status::failed || s == deployment_status::cancelled;
}
// No step of its own is outstanding; see is_settled(deployment) for its commands, and for jobs.
constexpr bool is_settled(deployment_status s) {
  return is_current(s) || is_final(s);
}

enum class environment_status { creating, active, deleting, deleted };
inline constexpr enum_texts<environment_status, 4> environment_status_texts{
    {"CREATING", "ACTIVE", "DELETING", "DELETED"}};

// What the user wants of a deployment; only commands write it.
enum class intent { run, stop, cancel, remove };
inline constexpr enum_texts<intent, 4> intent_texts{{"run", "stop", "cancel", "remove"}};

// What a user may ask of a deployment that exists.
enum class verb { cancel, stop, start, restart, scale, remove };
inline constexpr enum_texts<verb, 6> verb_texts{{"cancel", "stop", "start", "restart", "scale", "remove"}};
// How what was asked for came to an end, where the status does not say it: LATE, and goes on by itself.
enum class ending { done, late };
inline constexpr enum_texts<ending, 2> ending_texts{{"DONE", "LATE"}};
struct command {
  verb what{};
  std::uint32_t replicas = 0;  // of scale
};

}  // namespace troupe::model
