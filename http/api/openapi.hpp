// The OpenAPI 3.1 description, made from the table of routes and the schemas.
#pragma once

#include <string>

#include "config/settings.hpp"
#include "http/api/body_schemas.hpp"

namespace troupe::http::api {

std::string openapi_text(const body_schemas& schemas, const config::settings& settings);

// "create_deployment" -> "CreateDeployment"
std::string component_name(std::string_view schema);

}  // namespace troupe::http::api
