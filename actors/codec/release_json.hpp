// A release as JSON, in the shape of the body of POST /deployments without `environmentId`.
#pragma once

#include <nlohmann/json.hpp>

#include "actors/model/release_spec.hpp"

namespace troupe::codec {

// Every field, defaults too; `healthCheck` and a port's `host` only where set. `image` is registry/repository beside
// `tag`, or registry/repository[:tag]@digest without `tag`.
nlohmann::json to_json(const model::release_spec& spec);

// Trusts its input: a text of to_json, or a body already validated, in which fields may be left out for the model's
// defaults. `image` is only split: where it is a user's text, put parse_image's answer into the result's `image`.
// Throws std::exception where the shape is another.
model::release_spec release_from_json(const nlohmann::json& json);

nlohmann::json to_json(const model::volume_mount& mount);
model::volume_mount volume_mount_from_json(const nlohmann::json& json);

}  // namespace troupe::codec
