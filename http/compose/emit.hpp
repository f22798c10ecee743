// JSON as YAML in block style, for people to read.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace troupe::http::compose {

// Members in their order. Texts are quoted wherever a reader could take them for something else than themselves; $ is
// doubled in values, since it begins a variable there.
std::string emit(const nlohmann::ordered_json& map);

}  // namespace troupe::http::compose
