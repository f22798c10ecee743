// What is stored of an application beside the columns of its row.
#pragma once

#include <nlohmann/json.hpp>

#include "actors/model/application.hpp"

namespace troupe::codec {

nlohmann::json document_of(const model::application& row);
// Throws std::exception where the shape is another.
void read_document(const nlohmann::json& json, model::application& into);

}  // namespace troupe::codec
