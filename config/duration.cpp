#include "config/duration.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <limits>
#include <utility>

namespace troupe::config {
namespace {

constexpr std::array<std::pair<std::string_view, std::int64_t>, 5> units{
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  const auto digits = text.substr(0, text.find_first_not_of("0123456789"));
  std::int64_t count = 0;
  if (std::from_chars(digits.data(), digits.data() + digits.size(), count).ec != std::errc{}) return std::nullopt;
  for (const auto& [unit, size] : units) {
    if (text.substr(digits.size()) != unit) continue;
    if (count > std::numeric_limits<std::int64_t>::max() / size) return std::nullopt;
    return std::chrono::milliseconds{count * size};
  }
  return std::nullopt;
}

std::string format_duration(std::chrono::milliseconds duration) {
  const std::int64_t count = duration.count();
  if (count == 0) return "0s";
  for (const auto& [unit, size] : units)
    if (count % size == 0) return std::to_string(count / size).append(unit);
  return std::to_string(count) + "ms";
}

}  // namespace troupe::config
