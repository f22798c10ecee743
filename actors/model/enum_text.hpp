// One table of texts an enum, from which printing and parsing both derive. Enumerators are 0, 1, 2 … in the table's
// order.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace troupe::model {

template <class Enum, std::size_t N>
struct enum_texts {
  std::array<std::string_view, N> texts;

  constexpr std::string_view operator[](Enum value) const { return texts[static_cast<std::size_t>(value)]; }
  constexpr std::optional<Enum> parse(std::string_view text) const {
    for (std::size_t i = 0; i < N; ++i)
      if (texts[i] == text) return static_cast<Enum>(i);
    return std::nullopt;
  }
};

}  // namespace troupe::model
