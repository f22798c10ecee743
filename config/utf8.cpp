#include "config/utf8.hpp"

namespace troupe::config {

std::size_t first_character(std::string_view s, char32_t& out) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(s[i]); };
  const auto first = byte(0);
  if (first < 0x80) {
    out = first;
    return 1;
  }
  const std::size_t size = first >= 0xF0 && first < 0xF5   ? 4
                           : first >= 0xE0 && first < 0xF0 ? 3
                           : first >= 0xC2 && first < 0xE0 ? 2
                                                           : 0;
  if (size == 0 || s.size() < size) return 0;
  out = first & (0xFFU >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0U) != 0x80) return 0;
    out = (out << 6U) | (byte(i) & 0x3FU);
  }
  constexpr char32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  return out < least[size] || out > 0x10FFFF || (out >= 0xD800 && out < 0xE000) ? 0 : size;
}

}  // namespace troupe::config
