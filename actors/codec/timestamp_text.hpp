// RFC 3339 date-times.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "actors/model/time.hpp"

namespace troupe::codec {

// "2026-11-23T10:00:00.123456Z": always UTC, always six digits. For years 0 to 9999.
std::string timestamp_text(model::timestamp at);

// Any RFC 3339 date-time, with "Z" or an offset; what is finer than a microsecond is cut. Nothing where it is not one.
std::optional<model::timestamp> timestamp_from_text(std::string_view text);

}  // namespace troupe::codec
