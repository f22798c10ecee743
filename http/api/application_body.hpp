// A Compose file as an application that the desk understands.
#pragma once

#include <vector>

#include "actors/desk/applications.hpp"
#include "http/api/question.hpp"

namespace troupe::http::api {

// Reads the body of PUT …/application. What is wrong goes into `q.wrong`, by line and column of the file.
desk::wanted_application wanted_of(question& q);

// What of the file has no effect, as the answer to a plan tells it.
nlohmann::json ignored_of(const question& q);

// How much is wrong with a release's body that is not the whole of a request.
std::vector<model::violation> check_release_body(const api_state& api, const nlohmann::json& body);

}  // namespace troupe::http::api
