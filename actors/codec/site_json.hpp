// What is asked of a public domain as JSON, in the shape of the body of PUT …/domains/:domain.
#pragma once

#include <nlohmann/json.hpp>

#include "actors/model/site.hpp"

namespace troupe::codec {

// Every field, defaults too; `redirectTo` and a path's `port` only where set, `chosenPort` likewise.
nlohmann::json to_json(const model::site_settings& settings);
nlohmann::json to_json(const model::site_path& path);

// Trusts its input: a text of to_json, or a body already validated, in which fields may be left out for the model's
// defaults. `redirectTo` is taken as it stands.
model::site_settings site_settings_from_json(const nlohmann::json& json);
std::vector<model::site_path> site_paths_from_json(const nlohmann::json& json);  // its member `paths`

}  // namespace troupe::codec
