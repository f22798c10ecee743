// Reading the Engine's JSON without surprises: bounded depth, and a wrong type is an absent value.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "actors/model/time.hpp"

namespace troupe::docker {

using json = nlohmann::json;

// Nothing where it is not JSON or is nested deeper than 64.
std::optional<json> parse_json(std::string_view text);

// The value at a path of object keys; null where any step is missing or of another type.
template <class... Keys>
const json& at(const json& value, const Keys&... keys) {
  static const json null;
  const json* here = &value;
  const auto step = [&](std::string_view key) {
    if (here == &null || !here->is_object()) return void(here = &null);
    const auto it = here->find(key);
    here = it == here->end() ? &null : &*it;
  };
  (step(keys), ...);
  return *here;
}

std::string text_of(const json& value);  // "" where not a string
std::int64_t number_of(const json& value, std::int64_t otherwise = 0);
bool flag_of(const json& value);                                    // false where not a boolean
const json& list_of(const json& value);                             // an empty array where not an array
std::optional<model::timestamp> time_of(std::string_view rfc3339);  // "2026-11-23T14:46:31.247069858Z"

// Cuts the text of an array into the objects that are its elements, as it comes, so that a list of everybody's things
// costs no more memory than one of them. An element that is longer than `longest_element` is left out.
class array_cutter {
public:
  static constexpr std::size_t longest_element = 4U << 20U;

  explicit array_cutter(std::function<void(std::string_view)> sink) : sink_(std::move(sink)) {}
  void feed(std::string_view bytes);
  bool complete() const { return depth_ == 0; }

private:
  std::function<void(std::string_view)> sink_;
  std::string element_;
  std::size_t depth_ = 0;  // 1: between elements
  bool in_string_ = false;
  bool escaped_ = false;
  bool too_long_ = false;  // the element that is coming
};

// For sending: bytes that are not UTF-8 are replaced, so that it never throws.
std::string dump(const json& value);

}  // namespace troupe::docker
