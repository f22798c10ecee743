#include "actors/model/escape_sequence.hpp"

namespace troupe::model {

std::size_t behind_escape(std::string_view text, std::size_t at) {
  if (++at >= text.size()) return at;
  const char kind = text[at++];
  if (kind == '[') {
    while (at < text.size() && text[at] >= 0x20 && text[at] < 0x40) ++at;
    return at < text.size() && text[at] >= 0x40 && text[at] < 0x7F ? at + 1 : at;
  }
  if (kind == ']' || kind == 'P' || kind == 'X' || kind == '^' || kind == '_') {
    while (at < text.size() && text[at] != '\a' && text[at] != escape && text[at] != '\n') ++at;
    if (at < text.size() && text[at] == '\a') return at + 1;
    return text.substr(at, 2) == "\x1b\\" ? at + 2 : at;
  }
  if (kind >= 0x20 && kind < 0x30) {  // intermediate bytes: a character set, for instance
    while (at < text.size() && text[at] >= 0x20 && text[at] < 0x30) ++at;
    return at < text.size() && text[at] >= 0x30 && text[at] < 0x7F ? at + 1 : at;
  }
  return kind >= 0x30 && kind < 0x7F ? at : at - 1;
}

}  // namespace troupe::model
