// Builds the text of a one-dimensional PostgreSQL array (manual, 8.15.6), one element at a time.
#pragma once

#include <concepts>
#include <string>
#include <string_view>

#include "persistence/session.hpp"

namespace troupe::persistence {

class array_literal {
public:
  // Throws nul_in_text.
  void add(std::string_view text) {
    separate();
    text_ += '"';
    for (const char c : text) {
      if (c == '\0') throw nul_in_text();
      if (c == '"' || c == '\\') text_ += '\\';
      text_ += c;
    }
    text_ += '"';
  }
  template <std::integral T>
  void add(T number) {
    separate();
    if constexpr (std::same_as<T, bool>)
      text_ += number ? 't' : 'f';
    else
      text_ += std::to_string(number);
  }
  void add(const parameter& text) {
    if (text) return add(std::string_view(*text));
    separate();
    text_ += "NULL";
  }
  void add(const char* text) { add(std::string_view(text)); }
  void add(const std::string& text) { add(std::string_view(text)); }

  std::string text() const { return text_ + '}'; }

private:
  void separate() {
    if (text_.size() > 1) text_ += ',';
  }
  std::string text_ = "{";
};

}  // namespace troupe::persistence
