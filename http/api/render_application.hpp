// Plans and operations as answers; http/schemas/answers.json states the same for OpenAPI.
#pragma once

#include <nlohmann/json.hpp>

#include "actors/board.hpp"
#include "actors/model/application_plan.hpp"

namespace troupe::http::api {

// Field by field what would change; of variables' values fingerprints, which tell only whether they are the same.
nlohmann::json render(const model::application_plan& plan);

// `on`: for the status of releases that live.
nlohmann::json render(const model::application& row, const actors::board& on);

// As a Compose file that changes nothing where it is applied: variables stand without their values.
std::string compose_text_of(const std::vector<model::release_spec>& specs);

}  // namespace troupe::http::api
