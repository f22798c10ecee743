#include "docker/json_reader.hpp"

#include <charconv>

namespace troupe::docker {

namespace {
// nlohmann's parser has no limit, and copying or printing what it made of 100,000 brackets overflows the stack.
bool is_shallow(std::string_view text, int limit) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > limit) return false;
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return true;
}

bool digits(std::string_view text, std::size_t from, std::size_t count, int& out) {
  if (from + count > text.size()) return false;
  const auto* begin = text.data() + from;
  const auto [end, error] = std::from_chars(begin, begin + count, out);
  return error == std::errc{} && end == begin + count && out >= 0;
}
}  // namespace

std::optional<json> parse_json(std::string_view text) {
  if (!is_shallow(text, 64)) return std::nullopt;
  auto value = json::parse(text, nullptr, false);
  if (value.is_discarded()) return std::nullopt;
  return value;
}

std::string text_of(const json& value) {
  return value.is_string() ? value.get_ref<const std::string&>() : std::string();
}

std::int64_t number_of(const json& value, std::int64_t otherwise) {
  if (value.is_number_unsigned()) {
    const auto n = value.get<std::uint64_t>();
    return n <= static_cast<std::uint64_t>(INT64_MAX) ? static_cast<std::int64_t>(n) : otherwise;
  }
  return value.is_number_integer() ? value.get<std::int64_t>() : otherwise;
}

bool flag_of(const json& value) {
  return value.is_boolean() && value.get<bool>();
}

const json& list_of(const json& value) {
  static const json none = json::array();
  return value.is_array() ? value : none;
}

std::optional<model::timestamp> time_of(std::string_view text) {
  int y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0;
  if (!digits(text, 0, 4, y) || !digits(text, 5, 2, mo) || !digits(text, 8, 2, d) || !digits(text, 11, 2, h) ||
      !digits(text, 14, 2, mi) || !digits(text, 17, 2, s))
    return std::nullopt;
  if (text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':') return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{y}, std::chrono::month{static_cast<unsigned>(mo)},
                                         std::chrono::day{static_cast<unsigned>(d)}};
  if (!date.ok() || y < 1970 || h > 23 || mi > 59 || s > 60) return std::nullopt;
  std::int64_t micros = 0;
  std::size_t i = 19;
  if (i < text.size() && text[i] == '.') {
    std::int64_t unit = 100'000;
    for (++i; i < text.size() && text[i] >= '0' && text[i] <= '9'; ++i, unit /= 10) micros += (text[i] - '0') * unit;
  }
  std::chrono::minutes offset{0};
  if (i < text.size() && (text[i] == '+' || text[i] == '-')) {
    int oh = 0, om = 0;
    if (!digits(text, i + 1, 2, oh) || !digits(text, i + 4, 2, om)) return std::nullopt;
    offset = std::chrono::minutes{oh * 60 + om} * (text[i] == '-' ? -1 : 1);
  } else if (i + 1 != text.size() || text[i] != 'Z') {
    return std::nullopt;
  }
  return std::chrono::sys_days{date} + std::chrono::hours{h} + std::chrono::minutes{mi} + std::chrono::seconds{s} +
         std::chrono::microseconds{micros} - offset;
}

void array_cutter::feed(std::string_view bytes) {
  for (const char c : bytes) {
    const bool within = depth_ > 1 || (depth_ == 1 && (c == '{' || c == '['));
    if (within && !too_long_) {
      element_ += c;
      if (element_.size() > longest_element) {
        too_long_ = true;
        std::string().swap(element_);
      }
    }
    if (in_string_) {
      if (escaped_)
        escaped_ = false;
      else if (c == '\\')
        escaped_ = true;
      else if (c == '"')
        in_string_ = false;
    } else if (c == '"') {
      in_string_ = true;
    } else if (c == '[' || c == '{') {
      ++depth_;
    } else if ((c == ']' || c == '}') && depth_ > 0) {
      if (--depth_ != 1) continue;
      if (!too_long_) sink_(element_);
      element_.clear();
      too_long_ = false;
    }
  }
}

std::string dump(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace troupe::docker
