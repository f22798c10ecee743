#include "docker/clean_text.hpp"

#include <algorithm>

#include "actors/model/escape_sequence.hpp"
#include "config/utf8.hpp"

namespace troupe::docker {

std::string clean_text(std::string_view text, std::size_t limit, escapes treatment) {
  if (text.size() > limit) text.remove_prefix(text.size() - limit);
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto n = config::first_character(text);
    const auto c = static_cast<unsigned char>(text.front());
    if (text.front() == model::escape && treatment == escapes::strip) {
      text.remove_prefix(model::behind_escape(text, 0));
      continue;
    }
    const bool control_of_two_bytes = n == 2 && c == 0xC2 && static_cast<unsigned char>(text[1]) < 0xA0;
    if (n == 0)
      out += '?';
    else if ((n > 1 && !control_of_two_bytes) || (n == 1 && c >= 0x20 && c != 0x7F) || c == '\n' || c == '\t' ||
             text.front() == model::escape)
      out += text.substr(0, n);
    text.remove_prefix(n == 0 ? 1 : n);
  }
  return out;
}

std::size_t unfinished_character(std::string_view text) {
  for (std::size_t n = 1; n <= std::min<std::size_t>(3, text.size()); ++n) {
    const auto c = static_cast<unsigned char>(text[text.size() - n]);
    if ((c & 0xC0U) == 0x80) continue;
    const std::size_t whole = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : c >= 0xC2 ? 2 : 1;
    return whole > n ? n : 0;
  }
  return 0;
}

}  // namespace troupe::docker
