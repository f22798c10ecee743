#include "http/api/json_decode.hpp"

#include <cmath>
#include <cstdint>
#include <optional>
#include <string>

namespace troupe::http::api {

namespace {

using nlohmann::json;

constexpr std::size_t most_violations = 50;
constexpr std::int64_t largest_exact = (std::int64_t{1} << 53) - 1;

// Builds the value and stops at the first thing that makes the rest meaningless; what is merely forbidden is collected.
class strict_reader : public json::json_sax_t {
public:
  strict_reader(const json_limits& limits, std::vector<model::violation>& violations)
      : limits_(limits), violations_(violations) {}

  json take() { return std::move(root_); }

  bool null() override { return put(nullptr); }
  bool boolean(bool value) override { return put(value); }
  bool number_integer(number_integer_t value) override {
    if (value < -largest_exact || value > largest_exact) refuse("is beyond what a JSON number holds exactly");
    return put(value);
  }
  bool number_unsigned(number_unsigned_t value) override {
    if (value > static_cast<std::uint64_t>(largest_exact)) {
      refuse("is beyond what a JSON number holds exactly");
      return put(largest_exact);
    }
    return put(static_cast<std::int64_t>(value));
  }
  bool number_float(number_float_t value, const string_t& text) override {
    if (!std::isfinite(value) || std::fabs(value) > static_cast<double>(largest_exact)) {
      refuse("is beyond what a JSON number holds exactly");
      return put(0);
    }
    if (text.find_first_of(".eE") == std::string::npos) refuse("is beyond what a JSON number holds exactly");
    if (std::trunc(value) == value) return put(static_cast<std::int64_t>(value));
    return put(value);
  }
  bool string(string_t& value) override {
    check(value, "");
    return put(std::move(value));
  }
  bool binary(binary_t&) override { return false; }

  bool start_object(std::size_t) override { return open(json::object()); }
  bool start_array(std::size_t) override { return open(json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t& name) override {
    auto& top = levels_.back();
    top.key.reset();
    check(name, "a name in it ");
    if (name.size() > limits_.string_bytes) return false;
    top.key = name;
    top.twice = top.value->contains(name);
    if (top.twice) refuse("is given twice");
    if (top.value->size() >= limits_.members) return too_many();
    return true;
  }
  bool parse_error(std::size_t position, const std::string&, const json::exception& error) override {
    // nlohmann's own text repeats the input's bytes; only its kind is told.
    const bool surrogate = std::string_view(error.what()).find("surrogate") != std::string_view::npos;
    const bool range = error.id == 406;
    refuse(range       ? "is beyond what a JSON number holds exactly"
           : surrogate ? "holds half of a surrogate pair at byte " + std::to_string(position)
                       : "is not valid JSON at byte " + std::to_string(position));
    return false;
  }

private:
  struct level {
    json* value;
    std::optional<std::string> key;  // none before the first
    bool twice = false;
  };

  std::string pointer() const {
    std::string text;
    for (const auto& l : levels_) {
      if (l.value->is_object() && !l.key) break;
      // The element under way is in the array already unless it is the innermost level's next one.
      const auto index = l.value->size() - (&l == &levels_.back() ? 0 : 1);
      text = pointer_to(std::move(text), l.value->is_array() ? std::to_string(index) : *l.key);
    }
    return text;
  }
  void refuse(std::string detail) {
    if (violations_.size() < most_violations) violations_.push_back({pointer(), std::move(detail)});
  }
  bool too_many() {
    const bool array = levels_.back().value->is_array();
    levels_.pop_back();
    refuse("has more than " + std::to_string(limits_.members) + (array ? " elements" : " members"));
    return false;
  }
  void check(const std::string& text, std::string_view what) {
    if (text.size() > limits_.string_bytes)
      refuse(std::string(what) + "is longer than " + std::to_string(limits_.string_bytes) + " bytes");
    if (text.find('\0') != std::string::npos) refuse(std::string(what) + "holds the character U+0000");
  }
  json* place(json value) {
    if (levels_.empty()) return &(root_ = std::move(value));
    auto& top = levels_.back();
    if (top.value->is_array()) {
      top.value->push_back(std::move(value));
      return &top.value->back();
    }
    if (top.twice) return &(ignored_ = std::move(value));
    return &((*top.value)[*top.key] = std::move(value));
  }
  bool put(json value) {
    if (!levels_.empty() && levels_.back().value->is_array() && levels_.back().value->size() >= limits_.members)
      return too_many();
    place(std::move(value));
    return true;
  }
  bool open(json value) {
    if (levels_.size() >= limits_.depth) {
      refuse("is nested deeper than " + std::to_string(limits_.depth) + " levels");
      return false;
    }
    if (!levels_.empty() && levels_.back().value->is_array() && levels_.back().value->size() >= limits_.members)
      return too_many();
    if (!levels_.empty() && levels_.back().twice) return false;  // already refused; the rest has no place to go
    json* const placed = place(std::move(value));
    levels_.push_back({placed, {}, false});
    return true;
  }
  bool close() {
    levels_.pop_back();
    return true;
  }

  const json_limits& limits_;
  std::vector<model::violation>& violations_;
  json root_;
  json ignored_;
  std::vector<level> levels_;
};

// The first byte that is no part of well-formed UTF-8 (Unicode, table 3-7), or npos.
std::size_t find_invalid_utf8(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const auto tail = [&](std::size_t i, unsigned low = 0x80, unsigned high = 0xBF) {
    return byte(i) >= low && byte(i) <= high;
  };
  for (std::size_t i = 0; i < text.size();) {
    const unsigned b = byte(i);
    if (b < 0x80)
      i += 1;
    else if (b >= 0xC2 && b <= 0xDF && tail(i + 1))
      i += 2;
    else if (b >= 0xE0 && b <= 0xEF && tail(i + 1, b == 0xE0 ? 0xA0 : 0x80, b == 0xED ? 0x9F : 0xBF) && tail(i + 2))
      i += 3;
    else if (b >= 0xF0 && b <= 0xF4 && tail(i + 1, b == 0xF0 ? 0x90 : 0x80, b == 0xF4 ? 0x8F : 0xBF) && tail(i + 2) &&
             tail(i + 3))
      i += 4;
    else
      return i;
  }
  return std::string_view::npos;
}

}  // namespace

std::string pointer_to(std::string parent, std::string_view token) {
  parent += '/';
  for (const char c : token.substr(0, 200)) {
    if (c == '~')
      parent += "~0";
    else if (c == '/')
      parent += "~1";
    else
      parent += c;
  }
  return parent;
}

void drop_nulls(json& value) {
  if (value.is_object())
    for (auto i = value.begin(); i != value.end();) i = i->is_null() ? value.erase(i) : std::next(i);
  if (value.is_structured())
    for (auto& child : value) drop_nulls(child);
}

std::string encode_json(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

lenient_json decode_leniently(std::string_view text, const json_limits& limits) {
  if (text.starts_with("\xEF\xBB\xBF")) return {std::nullopt, {{"", "begins with a byte order mark"}}};
  if (const auto at = find_invalid_utf8(text); at != std::string_view::npos)
    return {std::nullopt, {{"", "is not valid UTF-8 at byte " + std::to_string(at + 1)}}};
  lenient_json out;
  strict_reader reader(limits, out.violations);
  const bool whole = json::sax_parse(text.begin(), text.end(), &reader, json::input_format_t::json, true);
  if (!whole && out.violations.empty()) out.violations.push_back({"", "is not valid JSON"});
  if (whole) out.value = reader.take();
  return out;
}

std::variant<json, std::vector<model::violation>> decode_json(std::string_view text, const json_limits& limits) {
  auto read = decode_leniently(text, limits);
  if (!read.violations.empty()) return std::move(read.violations);
  return std::move(*read.value);
}

}  // namespace troupe::http::api
