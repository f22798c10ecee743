// One event as one line without its end, redacted: pure.
#pragma once

#include <chrono>
#include <span>
#include <string>
#include <string_view>

#include "config/logging.hpp"
#include "config/redactor.hpp"

namespace troupe::log {

struct event {
  std::chrono::system_clock::time_point time;
  level severity;
  std::string_view message;
  std::span<const field> fields;
};

// A longer text is cut, with the number of bytes that are missing.
inline constexpr std::size_t longest_text = 16UL * 1024;

std::string_view text_of(level severity);

// 2025-01-31T23:59:59.123Z INFO  message name=value name="with blanks"
std::string text_line(const event& happened, const config::redactor& redact);

// {"time":…,"level":…,"message":…,"name":value}: ASCII; a field that bears the name of another gets a trailing
// underscore.
std::string json_line(const event& happened, const config::redactor& redact);

// Valid UTF-8 without anything that ends a line or moves a terminal's cursor: those become \uXXXX, invalid bytes
// U+FFFD.
std::string printable(std::string_view text);

}  // namespace troupe::log
