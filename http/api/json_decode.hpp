// JSON text into values, strictly (RFC 8259): what two readers could understand differently is refused.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <nlohmann/json.hpp>

#include "actors/model/problem.hpp"

namespace troupe::http::api {

struct json_limits {
  std::size_t depth = 32;                // of nested arrays and objects
  std::size_t string_bytes = 32 * 1024;  // of a value or a name
  std::size_t members = 1000;            // of one array or object
};

// Refused with the JSON pointer of the place: broken JSON, a byte order mark, anything after the value, invalid UTF-8,
// lone surrogates, U+0000 in a text, a name twice in an object, numbers beyond +-(2^53 - 1) or beyond a double, what
// exceeds the limits. A whole number may be written 1.0 or 1e3.
std::variant<nlohmann::json, std::vector<model::violation>> decode_json(std::string_view text,
                                                                        const json_limits& limits = {});

// The same, with the value beside what is forbidden in it, where the text is JSON at all: `value` is what there would
// be without the violations, of which those places are left as they were read.
struct lenient_json {
  std::optional<nlohmann::json> value;
  std::vector<model::violation> violations;
};
lenient_json decode_leniently(std::string_view text, const json_limits& limits = {});

// Takes out the members that are null, in nested values too: to leave something out can be said so as well.
void drop_nulls(nlohmann::json& value);

// Appends "/" and the escaped token (RFC 6901).
std::string pointer_to(std::string parent, std::string_view token);

// As text for an answer: bytes that are no UTF-8 become U+FFFD instead of an exception.
std::string encode_json(const nlohmann::json& value);

}  // namespace troupe::http::api
