// `{"code","message","hint","retryable","phase","detail"}`: a deployment's `error`.
#pragma once

#include <nlohmann/json.hpp>

#include "actors/model/failure.hpp"

namespace troupe::codec {

nlohmann::json to_json(const model::failure& f);               // retryable follows from the code
model::failure failure_from_json(const nlohmann::json& json);  // throws std::exception where the shape is another

}  // namespace troupe::codec
