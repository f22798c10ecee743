#include "actors/model/ids.hpp"

#include <algorithm>

namespace troupe::model {

namespace {
constexpr std::string_view alphabet = "abcdefghijklmnopqrstuvwxyz234567";
constexpr std::size_t digits = 16;
}  // namespace

std::string id_text(std::string_view prefix, std::uint64_t high, std::uint64_t low) {
  std::string text(prefix);
  text += '_';
  for (auto bits : {high, low})
    for (std::size_t i = 0; i < digits / 2; ++i, bits >>= 5) text += alphabet[bits & 31U];
  return text;
}

bool is_id(std::string_view prefix, std::string_view text) {
  if (text.size() != prefix.size() + 1 + digits || !text.starts_with(prefix) || text[prefix.size()] != '_')
    return false;
  const auto rest = text.substr(prefix.size() + 1);
  return std::all_of(rest.begin(), rest.end(), [](char c) { return alphabet.find(c) != std::string_view::npos; });
}

}  // namespace troupe::model
