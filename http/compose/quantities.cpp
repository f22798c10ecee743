#include "http/compose/quantities.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <string>
#include <utility>

namespace troupe::http::compose {

namespace {

constexpr double largest_exact = 9'007'199'254'740'992.0;  // 2^53

// Takes a number such as 1 or 1.5 off the front of `text`.
std::optional<double> take_number(std::string_view& text) {
  const auto length = std::min(text.find_first_not_of("0123456789."), text.size());
  const auto number = parse_number(text.substr(0, length));
  text.remove_prefix(length);
  return number;
}

std::optional<std::int64_t> rounded_up(double value) {
  // What decimals cannot be in binary (0.1 s three hundred times) is no reason for one more.
  const auto up = std::ceil(value - 1e-9 * std::max(1.0, value));
  return up >= 0 && up < largest_exact ? std::optional(static_cast<std::int64_t>(up)) : std::nullopt;
}

}  // namespace

std::optional<std::int64_t> parse_whole(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

std::optional<double> parse_number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() && std::isfinite(value) ? std::optional(value)
                                                                                          : std::nullopt;
}

std::optional<bool> parse_truth(std::string_view text) {
  for (const std::string_view yes : {"true", "True", "TRUE"})
    if (text == yes) return true;
  for (const std::string_view no : {"false", "False", "FALSE"})
    if (text == no) return false;
  return std::nullopt;
}

std::optional<std::int64_t> parse_seconds(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, double>, 7> units{
      {{"h", 3600}, {"ms", 1e-3}, {"m", 60}, {"s", 1}, {"us", 1e-6}, {"\u00b5s", 1e-6}, {"ns", 1e-9}}};
  if (text == "0") return 0;
  if (text.empty()) return std::nullopt;
  double seconds = 0;
  while (!text.empty()) {
    const auto number = take_number(text);
    if (!number) return std::nullopt;
    bool known = false;
    for (const auto& [unit, size] : units) {
      if (!text.starts_with(unit)) continue;
      seconds += *number * size;
      text.remove_prefix(unit.size());
      known = true;
      break;
    }
    if (!known) return std::nullopt;
  }
  return rounded_up(seconds);
}

std::optional<std::int64_t> parse_megabytes(std::string_view text) {
  const auto number = take_number(text);
  if (!number) return std::nullopt;
  std::string unit(text.substr(std::min(text.find_first_not_of(' '), text.size())));
  for (auto& c : unit) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  if (unit.ends_with("ib"))
    unit.resize(unit.size() - 2);
  else if (unit.size() == 2 && unit.ends_with("b"))
    unit.resize(1);
  static constexpr std::array<std::pair<std::string_view, double>, 6> units{
      {{"", 1.0 / 1048576}, {"b", 1.0 / 1048576}, {"k", 1.0 / 1024}, {"m", 1}, {"g", 1024}, {"t", 1048576}}};
  for (const auto& [name, size] : units)
    if (unit == name) return rounded_up(*number * size);
  return std::nullopt;
}

}  // namespace troupe::http::compose
