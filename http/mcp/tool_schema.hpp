// What a tool takes and gives, as JSON Schema (2020-12): made of the same schemas that check and describe the routes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "http/api/body_schemas.hpp"

namespace troupe::http::mcp {

struct tool;

enum class argument_place { path, query, body, confirm };
struct argument_part {
  std::string name;
  argument_place goes_to;
  std::string_view preset{};  // for the query, where the argument is left out
};
std::vector<argument_part> argument_parts(const tool& t, const api::body_schemas& schemas);

// An object without other members than its properties.
nlohmann::json input_schema(const tool& t, const api::body_schemas& schemas);

// Of one piece: references resolved. What an answer always has, two levels deep, without prose; answers may have more.
nlohmann::json output_schema(const tool& t);

// As tools/list shows it.
nlohmann::json description_of(const tool& t, const api::body_schemas& schemas);

}  // namespace troupe::http::mcp
