#include "config/client/variables_file.hpp"

#include <algorithm>

#include "config/client/failure.hpp"
#include "config/log_line.hpp"

namespace troupe::client {

namespace {

std::string_view trimmed(std::string_view text) {
  const auto from = text.find_first_not_of(" \t\r");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t\r") - from + 1);
}

bool is_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
           c == '-';
  });
}

bool is_over_or_comment(std::string_view rest) {
  rest = trimmed(rest);
  return rest.empty() || rest.front() == '#';
}

// Nothing where the quote is not closed on its line, or more follows.
bool read_quoted(std::string_view text, std::string& out) {
  const char quote = text.front();
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == quote) return is_over_or_comment(text.substr(i + 1));
    if (quote == '"' && text[i] == '\\' && i + 1 < text.size()) {
      constexpr std::string_view written = "ntr\\\"$", meant = "\n\t\r\\\"$";
      const auto which = written.find(text[++i]);
      if (which == std::string_view::npos) out += '\\';
      out += which == std::string_view::npos ? text[i] : meant[which];
    } else {
      out += text[i];
    }
  }
  return false;
}

bool read_value(std::string_view text, std::string& out) {
  text = trimmed(text);
  if (text.empty()) return true;
  if (text.front() == '"' || text.front() == '\'') return read_quoted(text, out);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '#' && (i == 0 || text[i - 1] == ' ' || text[i - 1] == '\t')) {
      out = trimmed(text.substr(0, i));
      return true;
    }
  }
  out = text;
  return true;
}

}  // namespace

std::map<std::string, std::string> read_variables(std::string_view text, std::string_view path) {
  std::map<std::string, std::string> out;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = text.find('\n');
    auto line = trimmed(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (is_over_or_comment(line)) continue;
    if (line.starts_with("export ")) line = trimmed(line.substr(7));
    const auto equals = line.find('=');
    const auto name = trimmed(line.substr(0, equals));
    std::string value;
    if (equals == std::string_view::npos || !is_name(name) || !read_value(line.substr(equals + 1), value))
      throw failure(wrong_usage, log::printable(std::string(path)) + ", line " + std::to_string(number) +
                                     ": write NAME=VALUE");  // its text may be a secret
    out.insert_or_assign(std::string(name), std::move(value));
  }
  return out;
}

}  // namespace troupe::client
