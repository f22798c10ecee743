// Durations as people write them in settings and on the command line: a whole number and one unit, ms s m h d (`150ms`,
// `5s`, `15m`, `2h`, `90d`).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace troupe::config {

// Nothing for anything else: no sign, fraction, blank, bare number or second unit; nothing where it would overflow.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

// In the largest unit that expresses it exactly; parse_duration reads it back for everything that is not negative.
std::string format_duration(std::chrono::milliseconds duration);

}  // namespace troupe::config
