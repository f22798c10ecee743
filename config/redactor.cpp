#include "config/redactor.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "config/secret.hpp"

namespace troupe::config {
namespace {

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
char lowered(char c) {
  return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
}

// The end of the longest run of bytes that satisfy `in` from `at` on.
template <class Predicate>
std::size_t run(std::string_view text, std::size_t at, Predicate in) {
  while (at < text.size() && in(text[at])) ++at;
  return at;
}

bool matches_at(std::string_view text, std::size_t at, std::string_view lower_word) {
  return text.size() - at >= lower_word.size() &&
         std::equal(lower_word.begin(), lower_word.end(), text.begin() + static_cast<std::ptrdiff_t>(at),
                    [](char expected, char actual) { return expected == lowered(actual); });
}

struct span {
  std::size_t begin = 0, end = 0;  // nothing to mask where they are equal
};

// Masks what `find(text, i)` names; it is asked at every position, and again behind each mask.
template <class Find>
std::string masked(std::string_view text, Find find) {
  std::string out;
  std::size_t copied = 0;
  for (std::size_t i = 0; i < text.size();) {
    const span found = find(text, i);
    if (found.begin == found.end) {
      ++i;
      continue;
    }
    out.append(text, copied, found.begin - copied).append(mask);
    copied = i = found.end;
  }
  return out.append(text, copied);
}

span known_value(std::string_view text, std::size_t at, const std::vector<std::string>& values) {
  for (const auto& value : values) {
    if (!text.substr(at).starts_with(value)) continue;
    const auto end = at + value.size();
    const bool whole = (at == 0 || !is_word(text[at - 1])) && (end == text.size() || !is_word(text[end]));
    if (whole || value.size() >= 16) return {at, end};
  }
  return {};
}

span api_key(std::string_view text, std::size_t at, std::string_view prefix) {
  if (!text.substr(at).starts_with(prefix)) return {};
  // Bounded: a long row of prefixes must not cost a square.
  const auto id_begin = at + prefix.size();
  const auto id_end = run(text.substr(0, id_begin + 256), id_begin, [](char c) { return is_word(c) || c == '-'; });
  const auto dot = text.substr(id_end).starts_with('.') ? 1U : matches_at(text, id_end, "%2e") ? 3U : 0U;
  if (dot == 0) return {};
  const auto end = run(text, id_end + dot, [](char c) {
    return is_word(c) || std::string_view{"-.~+/=%*"}.find(c) != std::string_view::npos;
  });
  return {id_end + dot, end};
}

span bot_token(std::string_view text, std::size_t at) {
  if (!is_digit(text[at]) || (at > 0 && is_digit(text[at - 1]))) return {};
  const bool in_path = at >= 4 && text.substr(at - 4, 4) == "/bot";
  if (at > 0 && is_word(text[at - 1]) && !in_path) return {};
  const auto id_end = run(text, at, is_digit);
  if (id_end == text.size() || text[id_end] != ':') return {};
  const auto end = run(text, id_end + 1, [](char c) { return is_word(c) || c == '-'; });
  const bool shaped = id_end - at >= 6 && end - id_end > 30;
  return shaped || in_path ? span{id_end + 1, end} : span{};
}

span url_password(std::string_view text, std::size_t at) {
  if (!text.substr(at).starts_with("://")) return {};
  const auto begin = at + 3;
  const auto end =
      run(text, begin, [](char c) { return c != '/' && c != '"' && c != '\'' && static_cast<unsigned char>(c) > ' '; });
  const auto authority = text.substr(begin, end - begin);
  const auto colon = authority.find(':'), sign = authority.rfind('@');
  return colon < sign && sign != authority.npos ? span{begin + colon + 1, begin + sign} : span{};
}

constexpr std::array<std::string_view, 5> parameters{"token", "password", "secret", "apikey", "api_key"};

// name=value, name%3Dvalue, "name":"value", also with the quotes escaped.
span named_value(std::string_view text, std::size_t at) {
  for (const auto name : parameters) {
    if (!matches_at(text, at, name)) continue;
    const auto name_end = at + name.size();
    const auto quoted = run(text, name_end, [](char c) { return c == '"' || c == '\\'; });
    auto sign = run(text, quoted, [](char c) { return c == ' '; });
    if (sign == text.size()) return {};
    if (text[sign] == '=')
      ++sign;
    else if (matches_at(text, sign, "%3d"))
      sign += 3;
    else if (text[sign] == ':' && quoted != name_end)
      ++sign;
    else
      return {};
    const auto begin = run(text, sign, [](char c) { return c == ' ' || c == '"' || c == '\\' || c == '\''; });
    const auto end = run(text, begin, [](char c) {
      return std::string_view{"&\"'\\<>,;#)]}"}.find(c) == std::string_view::npos &&
             static_cast<unsigned char>(c) > ' ';
    });
    return {begin, end};
  }
  return {};
}

span credential(std::string_view text, std::size_t at, std::string_view key_prefix) {
  const std::string_view scheme = matches_at(text, at, "bearer ")  ? "bearer "
                                  : matches_at(text, at, "basic ") ? "basic "
                                                                   : "";
  if (scheme.empty() || (at > 0 && is_word(text[at - 1]))) return {};
  const auto begin = at + scheme.size();
  if (text.substr(begin).starts_with(key_prefix)) return {};
  const auto end = run(
      text, begin, [](char c) { return is_word(c) || std::string_view{"-.~+/="}.find(c) != std::string_view::npos; });
  return end - begin >= 16 ? span{begin, end} : span{};
}

}  // namespace

void redactor::hide(std::string_view value) {
  if (value.size() < 4 || std::find(values_.begin(), values_.end(), value) != values_.end()) return;
  values_.insert(
      std::find_if(values_.begin(), values_.end(), [&](const auto& other) { return other.size() < value.size(); }),
      std::string{value});
}

std::string redactor::operator()(std::string_view text) const {
  auto out = masked(text, [&](auto all, auto at) { return known_value(all, at, values_); });
  return masked(out, [&](auto all, auto at) {
    if (const auto found = api_key(all, at, key_prefix_); found.begin != found.end) return found;
    if (const auto found = bot_token(all, at); found.begin != found.end) return found;
    if (const auto found = url_password(all, at); found.begin != found.end) return found;
    if (const auto found = named_value(all, at); found.begin != found.end) return found;
    return credential(all, at, key_prefix_);
  });
}

bool redactor::secret_name(std::string_view name) {
  constexpr std::array<std::string_view, 4> others{"authorization", "cookie", "x-api-key", "x-registry-auth"};
  const auto same = [&](std::string_view other) { return name.size() == other.size() && matches_at(name, 0, other); };
  return std::any_of(parameters.begin(), parameters.end(), same) || std::any_of(others.begin(), others.end(), same);
}

}  // namespace troupe::config
