#include "http/api/query.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include "actors/codec/timestamp_text.hpp"
#include "config/duration.hpp"

namespace troupe::http::api {

namespace {

std::optional<int> hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

std::optional<std::string> percent_decode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i] == '+' ? ' ' : text[i];
      continue;
    }
    const auto high = i + 2 < text.size() ? hex(text[i + 1]) : std::nullopt;
    const auto low = high ? hex(text[i + 2]) : std::nullopt;
    if (!low || (*high == 0 && *low == 0)) return std::nullopt;
    out += static_cast<char>(*high * 16 + *low);
    i += 2;
  }
  return out;
}

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

}  // namespace

query::query(std::string_view text, std::span<const std::string_view> known) {
  while (!text.empty()) {
    const auto end = text.find('&');
    const auto pair = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    if (pair.empty()) continue;
    const auto equals = pair.find('=');
    const auto name = percent_decode(pair.substr(0, equals));
    const auto value = percent_decode(equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1));
    if (!name || !value) {
      refuse(name.value_or(""), "is not properly percent-encoded");
    } else if (std::find(known.begin(), known.end(), *name) == known.end()) {
      std::string names;
      for (const auto one : known) (names += names.empty() ? "" : ", ") += one;
      refuse(std::string_view(*name).substr(0, 100),
             names.empty() ? "is not known: this call has no query parameters" : "is not known; known are: " + names);
    } else if (!values_.emplace(*name, *value).second) {
      refuse(*name, "is given twice");
    }
    if (violations_.size() >= 50) return;
  }
}

const std::string* query::find(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? nullptr : &found->second;
}

void query::refuse(std::string_view name, std::string detail) {
  violations_.push_back({"?" + std::string(name), std::move(detail)});
}

std::optional<std::string> query::text(std::string_view name) const {
  const auto* value = find(name);
  return value ? std::optional(*value) : std::nullopt;
}

std::optional<std::uint64_t> whole_number(std::string_view text) {
  constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value > most) return std::nullopt;
  return value;
}

std::uint32_t query::whole(std::string_view name, std::uint32_t least, std::uint32_t most, std::uint32_t otherwise) {
  const auto* text = find(name);
  if (!text) return otherwise;
  if (const auto value = whole_number(*text); value && *value >= least && *value <= most)
    return static_cast<std::uint32_t>(*value);
  refuse(name, "must be a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  return otherwise;
}

bool query::flag(std::string_view name) {
  const auto* text = find(name);
  if (!text) return false;
  if (*text == "true" || *text == "1") return true;
  if (*text != "false" && *text != "0") refuse(name, "must be true or false");
  return false;
}

std::string_view query::choice(std::string_view name, std::span<const std::string_view> words) {
  const auto* text = find(name);
  if (!text) return words.front();
  std::string all;
  for (const auto word : words) {
    if (*text == word) return word;
    (all += all.empty() ? "" : " or ") += word;
  }
  refuse(name, "must be " + all);
  return words.front();
}

std::optional<std::chrono::milliseconds> query::duration(std::string_view name, std::chrono::milliseconds most) {
  const auto* text = find(name);
  if (!text) return std::nullopt;
  const auto value = config::parse_duration(*text);
  if (value && *value <= most) return value;
  refuse(name, "must be a duration such as 30s, at most " + config::format_duration(most));
  return std::nullopt;
}

std::optional<model::timestamp> query::since(std::string_view name, model::timestamp now) {
  const auto* text = find(name);
  if (!text || text->empty()) return std::nullopt;  // the contract's own example is `since=`
  // A `+` of an offset that was not escaped arrives as a blank.
  std::string moment = *text;
  if (moment.size() > 6 && moment[moment.size() - 6] == ' ') moment[moment.size() - 6] = '+';
  if (const auto at = codec::timestamp_from_text(moment)) return at;
  constexpr std::chrono::milliseconds longest = std::chrono::hours(24 * 3650);
  if (const auto ago = config::parse_duration(*text); ago && *ago <= longest) return now - *ago;
  refuse(name, "must be an RFC 3339 time, or how long ago, such as 10m");
  return std::nullopt;
}

std::optional<std::string> query::cursor(std::string_view name, char kind) {
  const auto* text = find(name);
  if (!text) return std::nullopt;
  auto position = open_cursor(kind, *text);
  if (!position) refuse(name, "must be the nextCursor of the page before");
  return position;
}

std::string make_cursor(char kind, std::string_view position) {
  std::string plain(1, kind);
  plain += position;
  std::string out;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : plain) {
    bits = (bits << 8U) | static_cast<unsigned char>(c);
    for (count += 8; count >= 6; count -= 6) out += alphabet[(bits >> (count - 6)) & 63U];
  }
  if (count > 0) out += alphabet[(bits << (6 - count)) & 63U];
  return out;
}

std::optional<std::string> open_cursor(char kind, std::string_view text) {
  if (text.size() > 100) return std::nullopt;
  std::string plain;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const auto digit = alphabet.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    bits = (bits << 6U) | static_cast<std::uint32_t>(digit);
    count += 6;
    if (count >= 8) {
      count -= 8;
      plain += static_cast<char>((bits >> count) & 255U);
    }
  }
  if (plain.size() < 2 || plain.front() != kind || make_cursor(kind, std::string_view(plain).substr(1)) != text)
    return std::nullopt;
  return plain.substr(1);
}

}  // namespace troupe::http::api
