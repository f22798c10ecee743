// Tables for people, as the commands print them.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "actors/codec/timestamp_text.hpp"

namespace troupe::commands {

inline std::string moment(const std::optional<model::timestamp>& at) {
  return at ? codec::timestamp_text(*at).substr(0, 19) + 'Z' : "never";
}

// The first row is the head.
template <std::size_t N>
void print_columns(const std::vector<std::array<std::string, N>>& rows, std::ostream& out) {
  std::array<std::size_t, N - 1> widths{};
  for (const auto& row : rows)
    for (std::size_t i = 0; i < widths.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < widths.size(); ++i) out << row[i] << std::string(widths[i] - row[i].size() + 2, ' ');
    out << row.back() << '\n';
  }
}

}  // namespace troupe::commands
