// How much of a request's body is read, by the door and by the server behind it, and the one refusal of more.
#pragma once

#include <cstddef>
#include <string>

namespace troupe::config {

constexpr std::size_t max_body_bytes = 1024 * 1024;

/// The detail of a 413.
inline std::string body_too_large(std::size_t limit = max_body_bytes) {
  return "The body is larger than " + std::to_string(limit) + " bytes.";
}

}  // namespace troupe::config
