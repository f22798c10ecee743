// Plans as answers; http/schemas/answers.json states the same for OpenAPI.
#pragma once

#include <nlohmann/json.hpp>

#include "actors/desk/applications.hpp"

namespace troupe::http::api {

// Field by field what would change; of variables' values fingerprints, which tell only whether they are the same.
nlohmann::json render(const desk::planned_application& planned);

// As a Compose file that changes nothing where it is applied: variables stand without their values.
std::string compose_text_of(const std::vector<model::wanted_service>& standing);

}  // namespace troupe::http::api
