// `{"pinned","digest","uid","gid","scratch":[{"path","owned"}],"hasHealthCheck","note"}`: a resolved image as stored.
#pragma once

#include <nlohmann/json.hpp>

#include "actors/model/resolved_image.hpp"

namespace troupe::codec {

nlohmann::json to_json(const model::resolved_image& image);
model::resolved_image resolved_image_from_json(
    const nlohmann::json& json);  // throws std::exception where the shape is another

}  // namespace troupe::codec
