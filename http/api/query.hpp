// Query parameters, checked: unknown ones are violations like unknown fields, so that a misspelt one is not ignored.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/model/problem.hpp"
#include "actors/model/time.hpp"

namespace troupe::http::api {

class query {
public:
  // Percent-decoded; violations for broken escapes, NUL, a name given twice and names that are not `known`.
  query(std::string_view text, std::span<const std::string_view> known);
  // Values as they are, of known names alone.
  explicit query(std::map<std::string, std::string, std::less<>> values) : values_(std::move(values)) {}
  query() = default;
  bool empty() const { return values_.empty() && violations_.empty(); }

  // Each reads one parameter, or gives the default and notes a violation.
  std::optional<std::string> text(std::string_view name) const;
  std::uint32_t whole(std::string_view name, std::uint32_t least, std::uint32_t most, std::uint32_t otherwise);
  bool flag(std::string_view name);
  // One of these words; the first where it is left out.
  std::string_view choice(std::string_view name, std::span<const std::string_view> words);
  std::optional<std::chrono::milliseconds> duration(std::string_view name, std::chrono::milliseconds most);
  // An RFC 3339 time, or how long ago ("10m").
  std::optional<model::timestamp> since(std::string_view name, model::timestamp now);
  // What open_cursor made of it, or nothing.
  std::optional<std::string> cursor(std::string_view name, char kind);

  void refuse(std::string_view name, std::string detail);
  const std::vector<model::violation>& violations() const { return violations_; }

private:
  const std::string* find(std::string_view name) const;

  std::map<std::string, std::string, std::less<>> values_;
  std::vector<model::violation> violations_;
};

// Digits and nothing else, up to what a row can count to (2^63 - 1).
std::optional<std::uint64_t> whole_number(std::string_view text);

// A place in a list, unreadable on purpose: base64url of its kind and position.
std::string make_cursor(char kind, std::string_view position);
std::optional<std::string> open_cursor(char kind, std::string_view text);

}  // namespace troupe::http::api
