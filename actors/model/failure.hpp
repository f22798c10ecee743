// What may go wrong with a deployment, as tenants read it. Docker's own error text never gets this far: the docker room
// maps it to one of these codes with a message of ours.
#pragma once

#include <string>

#include "actors/model/enum_text.hpp"

namespace troupe::model {

enum class failure_code {
  image_not_found,
  image_invalid,
  registry_unreachable,
  registry_denied,
  port_conflict,
  no_capacity,
  exited,
  out_of_memory,
  unhealthy,
  read_only_filesystem,
  permission_denied,
  unknown_user,
  command_not_found,
  volume_failed,
  volume_in_use,
  volume_not_shared,
  network_failed,
  timed_out,
  internal,
};
inline constexpr enum_texts<failure_code, 19> failure_code_texts{
    {"IMAGE_NOT_FOUND", "IMAGE_INVALID", "REGISTRY_UNREACHABLE", "REGISTRY_DENIED", "PORT_CONFLICT", "NO_CAPACITY",
     "EXITED", "OUT_OF_MEMORY", "UNHEALTHY", "READ_ONLY_FILESYSTEM", "PERMISSION_DENIED", "UNKNOWN_USER",
     "COMMAND_NOT_FOUND", "VOLUME_FAILED", "VOLUME_IN_USE", "VOLUME_NOT_SHARED", "NETWORK_FAILED", "TIMED_OUT",
     "INTERNAL"}};

// Whether the same request may succeed later without a change by the user.
constexpr bool is_retryable(failure_code code) {
  switch (code) {
    case failure_code::registry_unreachable:
    case failure_code::port_conflict:
    case failure_code::no_capacity:
    case failure_code::volume_failed:
    case failure_code::volume_in_use:
    case failure_code::network_failed:
    case failure_code::timed_out:
    case failure_code::internal: return true;
    case failure_code::image_not_found:
    case failure_code::image_invalid:
    case failure_code::registry_denied:
    case failure_code::exited:
    case failure_code::out_of_memory:
    case failure_code::unhealthy:
    case failure_code::read_only_filesystem:
    case failure_code::permission_denied:
    case failure_code::unknown_user:
    case failure_code::volume_not_shared:
    case failure_code::command_not_found: return false;
  }
  return false;
}

// What a user can do about it, one sentence; the message says what happened, the detail holds evidence (last log
// lines).
std::string_view hint_for(failure_code code);

struct failure {
  failure_code code{};
  std::string message;
  std::string hint;    // hint_for(code) unless something better is known
  std::string phase;   // the status in which it happened, e.g. "PULLING_IMAGE"
  std::string detail;  // evidence: exit code, last log lines, probe output; may be empty

  bool operator==(const failure&) const = default;
};

failure make_failure(failure_code code, std::string message, std::string detail = {});

}  // namespace troupe::model
