#include "http/compose/shell_words.hpp"

namespace troupe::http::compose {

std::optional<std::vector<std::string>> split_words(std::string_view text) {
  std::vector<std::string> words;
  bool within = false;  // a word, which may be empty: ''
  char quote = 0;
  const auto append = [&](char c) {
    if (!within) words.emplace_back();
    within = true;
    words.back() += c;
  };
  const auto begin = [&] {
    if (!within) words.emplace_back();
    within = true;
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != 0 && c == quote) {
      quote = 0;
    } else if (quote == '\'') {
      append(c);
    } else if (c == '\\') {
      if (++i == text.size()) return std::nullopt;
      const char next = text[i];
      if (next == '\n') continue;
      if (quote == '"' && std::string_view("$`\"\\").find(next) == std::string_view::npos) append('\\');
      append(next);
    } else if (quote == 0 && (c == '\'' || c == '"')) {
      quote = c;
      begin();
    } else if (quote == 0 && (c == ' ' || c == '\t' || c == '\n' || c == '\r')) {
      within = false;
    } else {
      append(c);
    }
  }
  if (quote != 0) return std::nullopt;
  return words;
}

}  // namespace troupe::http::compose
