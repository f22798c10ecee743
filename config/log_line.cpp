#include "config/log_line.hpp"

#include <array>
#include <cctype>
#include <cstdio>
#include <ctime>
#include <type_traits>

#include <nlohmann/json.hpp>

namespace troupe::log {
namespace {

using json = nlohmann::ordered_json;

std::string timestamp(std::chrono::system_clock::time_point time) {
  const auto millis = std::chrono::floor<std::chrono::milliseconds>(time);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(millis);
  const std::time_t whole = std::chrono::system_clock::to_time_t(seconds);
  std::tm utc{};
  gmtime_r(&whole, &utc);
  std::array<char, 32> text{};
  const auto length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &utc);
  std::array<char, 8> fraction{};
  std::snprintf(fraction.data(), fraction.size(), ".%03dZ", static_cast<int>((millis - seconds).count() % 1000));
  return std::string{text.data(), length} + fraction.data();
}

// Redaction comes first: a cut through a secret would keep its first half from being known.
std::string redacted(std::string_view text, const config::redactor& redact) {
  auto out = redact(text);
  if (out.size() <= longest_text) return out;
  const auto missing = out.size() - longest_text;
  out.resize(longest_text);
  return out + "… (" + std::to_string(missing) + " bytes more)";
}

// As a JSON string, with its quotes, and all that steers a terminal or ends a line for some reader as \uXXXX:
// DEL, C1 controls, line and paragraph separators, bidirectional marks.
std::string quoted(std::string_view text) {
  const auto json_text = json(text).dump(-1, ' ', false, json::error_handler_t::replace);
  std::string out;
  const auto escape = [&](unsigned code) {
    std::array<char, 8> hex{};
    std::snprintf(hex.data(), hex.size(), "\\u%04x", code);
    out += hex.data();
  };
  for (std::size_t i = 0; i < json_text.size(); ++i) {
    const auto at = [&](std::size_t offset) {
      return i + offset < json_text.size() ? static_cast<unsigned char>(json_text[i + offset]) : 0U;
    };
    const unsigned two = (at(0) & 0x1fU) << 6 | (at(1) & 0x3fU);
    const unsigned three = (at(0) & 0x0fU) << 12 | (at(1) & 0x3fU) << 6 | (at(2) & 0x3fU);
    if (at(0) == 0x7f) {
      escape(0x7f);
    } else if (at(0) == 0xc2 && two < 0xa0) {
      escape(two);
      i += 1;
    } else if (at(0) == 0xe2 && ((three >= 0x200e && three <= 0x200f) || (three >= 0x2028 && three <= 0x202e) ||
                                 (three >= 0x2066 && three <= 0x2069))) {
      escape(three);
      i += 2;
    } else {
      out += json_text[i];
    }
  }
  return out;
}

std::string word_or_quoted(std::string_view text) {
  auto in_quotes = quoted(text);
  const bool plain = in_quotes.size() == text.size() + 2 && !text.empty() && text.find_first_of(" =") == text.npos &&
                     std::string_view{in_quotes}.substr(1, text.size()) == text;
  return plain ? std::string{text} : in_quotes;
}

json content(const field& given, const config::redactor& redact) {
  if (config::redactor::secret_name(given.name)) return config::mask;
  return std::visit(
      [&](const auto& value) -> json {
        if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::string_view>)
          return redacted(value, redact);
        else
          return value;
      },
      given.value);
}

}  // namespace

std::string_view text_of(level severity) {
  switch (severity) {
    case level::trace: return "trace";
    case level::debug: return "debug";
    case level::info: return "info";
    case level::warn: return "warn";
    case level::error: return "error";
  }
  return "error";
}

std::string printable(std::string_view text) {
  const auto in_quotes = quoted(text);
  std::string out;
  for (std::size_t i = 1; i + 1 < in_quotes.size(); ++i) {
    if (in_quotes[i] == '\\' && in_quotes[i + 1] == '"') continue;
    out += in_quotes[i];
    if (in_quotes[i] == '\\') out += in_quotes[++i];
  }
  return out;
}

std::string text_line(const event& happened, const config::redactor& redact) {
  std::string severity{text_of(happened.severity)};
  severity.resize(5, ' ');
  for (auto& letter : severity) letter = static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
  auto line = timestamp(happened.time) + ' ' + severity + ' ' + printable(redacted(happened.message, redact));
  for (const auto& each : happened.fields) {
    const auto value = content(each, redact);
    line += ' ' + word_or_quoted(each.name) + '=';
    line += value.is_string() ? word_or_quoted(value.get_ref<const std::string&>()) : value.dump();
  }
  return line;
}

std::string json_line(const event& happened, const config::redactor& redact) {
  json line = {{"time", timestamp(happened.time)},
               {"level", text_of(happened.severity)},
               {"message", redacted(happened.message, redact)}};
  for (const auto& each : happened.fields) {
    std::string name{each.name};
    while (line.contains(name)) name += '_';
    line[name] = content(each, redact);
  }
  auto text = line.dump(-1, ' ', true, json::error_handler_t::replace);
  // The one control character that JSON allows as it is.
  for (auto at = text.find('\x7f'); at != text.npos; at = text.find('\x7f', at)) text.replace(at, 1, "\\u007f");
  return text;
}

}  // namespace troupe::log
