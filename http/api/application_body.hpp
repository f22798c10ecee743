// A Compose file as an application that the desk understands.
#pragma once

#include <vector>

#include "actors/desk/applications.hpp"
#include "http/api/question.hpp"

namespace troupe::http::api {

// Reads the body of PUT …/application. What is wrong goes into `q.wrong`, what has no effect into `q.noted`, by line
// and column of the file.
desk::wanted_application wanted_of(question& q);

}  // namespace troupe::http::api
