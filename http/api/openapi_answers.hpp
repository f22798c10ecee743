// What the OpenAPI description says of answers: the statuses that a route can give, their headers and bodies.
#pragma once

#include <nlohmann/json.hpp>

#include "http/api/routes.hpp"

namespace troupe::http::api {

// `has_id`: the path names an object.
nlohmann::json answers_of(const route& r, bool has_id);

// What answers_of() refers to.
nlohmann::json header_components();
nlohmann::json response_components();

// {"$ref": …} of a schema.
nlohmann::json schema_reference(std::string_view component);

// If-Match counts.
bool is_conditional(const route& r);

// A route that reads one, whatever its form.
bool takes_a_body(const route& r);

}  // namespace troupe::http::api
