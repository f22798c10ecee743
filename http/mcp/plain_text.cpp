#include "http/mcp/plain_text.hpp"

#include <algorithm>
#include <cstdint>

#include "actors/model/escape_sequence.hpp"
#include "http/api/json_decode.hpp"

namespace troupe::http::mcp {

namespace {

struct range {
  std::uint32_t from, to;
};
// Beyond ASCII: C1 controls, soft hyphen, Arabic letter mark, fillers, Mongolian vowel separator, zero-width and
// direction marks, line and paragraph separators, embeddings, invisible operators and isolates, variation selectors,
// byte order mark, annotations, tags.
constexpr range unseen[] = {{0x80, 0x9F},     {0xAD, 0xAD},     {0x34F, 0x34F},   {0x61C, 0x61C},
                            {0x115F, 0x1160}, {0x17B4, 0x17B5}, {0x180B, 0x180F}, {0x200B, 0x200F},
                            {0x2028, 0x202E}, {0x2060, 0x206F}, {0x3164, 0x3164}, {0xFE00, 0xFE0F},
                            {0xFEFF, 0xFEFF}, {0xFFA0, 0xFFA0}, {0xFFF0, 0xFFFB}, {0xE0000, 0xE0FFF}};

bool is_unseen(std::uint32_t point) {
  return std::any_of(std::begin(unseen), std::end(unseen),
                     [&](const range& r) { return point >= r.from && point <= r.to; });
}

std::size_t length_of(unsigned char lead) {
  return lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

std::uint32_t point_at(std::string_view text, std::size_t at, std::size_t length) {
  auto point = static_cast<std::uint32_t>(static_cast<unsigned char>(text[at]) & (0x7FU >> length));
  for (std::size_t i = 1; i < length; ++i) point = (point << 6U) | (static_cast<unsigned char>(text[at + i]) & 0x3FU);
  return point;
}

// Of a JSON text: anything beyond ASCII, an escape of a control character, the beginning of an image.
bool may_need_cleaning(std::string_view json) {
  char before = 0;
  for (const char c : json) {
    if (static_cast<unsigned char>(c) >= 0x7F) return true;
    if (before == '\\' && (c == 'u' || c == 'r' || c == 'b' || c == 'f')) return true;
    if (before == '!' && c == '[') return true;
    before = c;
  }
  return false;
}

}  // namespace

std::string plain_text(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const auto lead = static_cast<unsigned char>(text[at]);
    if (text[at] == model::escape) {
      at = model::behind_escape(text, at);
    } else if (lead < 0x80) {
      if (lead == '[' && out.ends_with('!')) out += ' ';
      if ((lead >= 0x20 && lead != 0x7F) || lead == '\t' || lead == '\n') out += text[at];
      ++at;
    } else {
      const auto length = std::min(length_of(lead), text.size() - at);
      if (!is_unseen(point_at(text, at, length))) out += text.substr(at, length);
      at += length;
    }
  }
  return out;
}

void make_plain(nlohmann::json& value) {
  if (value.is_string()) value = plain_text(value.get_ref<const std::string&>());
  if (value.is_array())
    for (auto& child : value) make_plain(child);
  if (!value.is_object()) return;
  auto out = nlohmann::json::object();
  for (auto& [name, child] : value.items()) {
    make_plain(child);
    out[plain_text(name)] = std::move(child);
  }
  value = std::move(out);
}

std::string plain_json(std::string text) {
  if (!may_need_cleaning(text)) return text;
  auto value = nlohmann::json::parse(text);
  make_plain(value);
  return api::encode_json(value);
}

}  // namespace troupe::http::mcp
