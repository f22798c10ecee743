// Numbers, durations and sizes as Compose writes them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace troupe::http::compose {

std::optional<std::int64_t> parse_whole(std::string_view text);  // digits, perhaps a minus before them
std::optional<double> parse_number(std::string_view text);       // finite
std::optional<bool> parse_truth(std::string_view text);          // true and false; yes and on are texts
// 1m30s, 500ms, 1.5h: units h, m, s, ms, us and ns; in seconds, rounded up.
std::optional<std::int64_t> parse_seconds(std::string_view text);
// 512m, 1.5gb, 1048576: units b, k, m, g and t, of 1024, with a b or ib after them or without; in MiB, rounded up.
std::optional<std::int64_t> parse_megabytes(std::string_view text);

}  // namespace troupe::http::compose
