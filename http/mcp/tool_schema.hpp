// What a tool takes and gives, as JSON Schema (2020-12): made of the same schemas that check and describe the routes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "http/api/body_schemas.hpp"

namespace troupe::http::mcp {

struct tool;

enum class argument_place { path, query, body, confirm, beside };
struct argument_part {
  std::string name;
  argument_place goes_to;
  std::string_view preset{};  // for the query, where the argument is left out
  bool structured = false;    // an object or a list: hosts may send its JSON as a text
};
std::vector<argument_part> argument_parts(const tool& t, const api::body_schemas& schemas);

// An object without other members than its properties, in the words of JSON Schema that every host takes.
nlohmann::json input_schema(const tool& t, const api::body_schemas& schemas);

// Of a schema only what every host understands.
nlohmann::json portable(nlohmann::json schema);

// Of one piece: references resolved. What an answer always has, one level deep, without prose; answers may have more.
nlohmann::json output_schema(const tool& t);

// As tools/list shows it.
nlohmann::json description_of(const tool& t, const api::body_schemas& schemas);

}  // namespace troupe::http::mcp
