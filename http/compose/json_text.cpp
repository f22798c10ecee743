#include "http/compose/json_text.hpp"

#include <charconv>
#include <cstdint>
#include <optional>

#include <nlohmann/json.hpp>

namespace troupe::http::compose {

namespace {

// The number of "\uXXXX" at the front.
std::optional<std::uint32_t> unit_at(std::string_view text) {
  if (text.size() < 6 || !text.starts_with("\\u")) return std::nullopt;
  std::uint32_t unit = 0;
  const auto* end = text.data() + 6;
  return std::from_chars(text.data() + 2, end, unit, 16).ptr == end ? std::optional(unit) : std::nullopt;
}

std::string utf8_of(std::uint32_t high, std::uint32_t low) {
  const auto code = 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
  std::string out;
  for (int shift = 18; shift >= 0; shift -= 6)
    out += static_cast<char>((shift == 18 ? 0xF0 : 0x80) | ((code >> shift) & (shift == 18 ? 0x07 : 0x3F)));
  return out;
}

}  // namespace

std::string with_whole_characters(std::string_view text) {
  if (text.find("\\u") == std::string_view::npos || !nlohmann::json::accept(text)) return std::string(text);
  std::string out;
  while (!text.empty()) {
    const auto high = unit_at(text);
    const auto low = high ? unit_at(text.substr(6)) : std::nullopt;
    if (low && *high >= 0xD800 && *high < 0xDC00) {
      out += utf8_of(*high, *low);
      text.remove_prefix(12);
    } else {
      const std::size_t length = text.front() == '\\' ? 2 : 1;  // JSON does not end with a backslash
      out.append(text.substr(0, length));
      text.remove_prefix(length);
    }
  }
  return out;
}

}  // namespace troupe::http::compose
