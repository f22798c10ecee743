// What a deployment's row keeps beside its columns: `{"due"?,"renewals"?,"degradedSince"?,"crashes"?}`.
#pragma once

#include <nlohmann/json.hpp>

#include "actors/model/deployment.hpp"

namespace troupe::codec {

nlohmann::json progress_to_json(const model::deployment& d);
void progress_from_json(const nlohmann::json& in, model::deployment& d);  // throws where the shape is another

}  // namespace troupe::codec
