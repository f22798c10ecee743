// JSON text into values, strictly (RFC 8259): what two readers could understand differently is refused.
#pragma once

#include <cstddef>
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
// exceeds the limits.
std::variant<nlohmann::json, std::vector<model::violation>> decode_json(std::string_view text,
                                                                        const json_limits& limits = {});

// Appends "/" and the escaped token (RFC 6901).
std::string pointer_to(std::string parent, std::string_view token);

// As text for an answer: bytes that are no UTF-8 become U+FFFD instead of an exception.
std::string encode_json(const nlohmann::json& value);

}  // namespace troupe::http::api
