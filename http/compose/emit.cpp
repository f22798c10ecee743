#include "http/compose/emit.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace troupe::http::compose {

namespace {

using nlohmann::ordered_json;

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// A text that every YAML reader takes for this text: it begins with a letter or / and has nothing that means something.
bool is_plain(std::string_view text) {
  static constexpr std::array<std::string_view, 9> words{"true", "false", "null", "yes", "no", "on", "off", "y", "n"};
  if (text.empty() || text.size() > 100 || !(is_letter(text[0]) || text[0] == '/')) return false;
  const auto inside = [](char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || std::string_view("._/@+=,:-").find(c) != std::string_view::npos;
  };
  if (!std::all_of(text.begin(), text.end(), inside) || text.back() == ':') return false;
  std::string small(text);
  for (auto& c : small) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return std::find(words.begin(), words.end(), small) == words.end();
}

// In double quotes YAML takes what JSON does, but for what other readers take for the end of a line, or no text at all.
std::string quoted(const std::string& text) {
  std::string out;
  const auto json = ordered_json(text).dump();
  for (std::size_t i = 0; i < json.size(); ++i) {
    const std::string_view rest = std::string_view(json).substr(i);
    const auto second = rest.size() > 1 ? static_cast<unsigned char>(rest[1]) : 0;
    if (rest.starts_with('\x7f')) {
      out += "\\x7f";
    } else if (rest.starts_with('\xC2') && second < 0xA0) {
      constexpr const char* digits = "0123456789abcdef";
      out.append("\\x").append(1, digits[second >> 4]).append(1, digits[second & 15]);
      ++i;
    } else if (rest.starts_with("\xE2\x80\xA8") || rest.starts_with("\xE2\x80\xA9") ||
               rest.starts_with("\xEF\xBB\xBF")) {
      out += rest[0] == '\xEF' ? "\\ufeff" : rest[2] == '\xA8' ? "\\u2028" : "\\u2029";
      i += 2;
    } else {
      out += json[i];
    }
  }
  return out;
}

std::string text_of(const std::string& text) {
  return is_plain(text) ? text : quoted(text);
}

std::string doubled(const std::string& text) {
  std::string out;
  for (const char c : text) out.append(c == '$' ? 2 : 1, c);
  return out;
}

std::string scalar_of(const ordered_json& value) {
  return value.is_string() ? text_of(doubled(value.get_ref<const std::string&>())) : value.dump();
}

bool is_block(const ordered_json& value) {
  return value.is_structured() && !value.empty();
}

void append(std::string& out, const ordered_json& value, std::size_t indent, bool in_line) {
  const auto lead = [&] {
    if (!in_line) out.append(indent, ' ');
    in_line = false;
  };
  for (const auto& [key, member] : value.items()) {
    lead();
    const bool list = value.is_array();
    out += list ? "-" : text_of(key) + ':';
    if (!is_block(member)) {
      out += ' ' + scalar_of(member) + '\n';
    } else if (list) {
      out += ' ';
      append(out, member, indent + 2, true);
    } else {
      out += '\n';
      append(out, member, indent + 2, false);
    }
  }
}

}  // namespace

std::string emit(const ordered_json& map) {
  std::string out;
  if (map.empty()) return "{}\n";
  append(out, map, 0, false);
  return out;
}

}  // namespace troupe::http::compose
