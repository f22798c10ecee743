// An application as a Compose file.
#pragma once

#include <string>

#include "http/compose/application.hpp"

namespace troupe::http::compose {

// YAML that read() makes the same services of, without any variable. `from`: bodies that the schema of POST
// /deployments admits; names and dependencies as read() leaves them. What Compose has no word for stands under
// x-troupe. An image and its `tag` become one: nginx and 1.27 are nginx:1.27. What is read-only in the schema is left
// out. Notes on what is ignored are not written, nor is it looked after that the text keeps the limits of read().
std::string write(const application& from);

}  // namespace troupe::http::compose
