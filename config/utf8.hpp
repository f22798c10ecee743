// UTF-8 (RFC 3629), one character at a time.
#pragma once

#include <cstddef>
#include <string_view>

namespace troupe::config {

// How many bytes the character at the front has, and which it is; 0 where they are no UTF-8. `text` is not empty.
std::size_t first_character(std::string_view text, char32_t& out);

inline std::size_t first_character(std::string_view text) {
  char32_t unused = 0;
  return first_character(text, unused);
}

}  // namespace troupe::config
