// One task as stored: `{"id","name","node","container","deployment","generation","phase","wanted","startedAt"?,
// "exitCode"?,"trouble"?,"fatal","unplaceable","published"}`. What the API shows of it is less.
#pragma once

#include <nlohmann/json.hpp>

#include "actors/model/observation.hpp"

namespace troupe::codec {

nlohmann::json to_json(const model::task_observation& task);
model::task_observation task_observation_from_json(
    const nlohmann::json& json);  // throws std::exception where the shape is another

}  // namespace troupe::codec
