// The API as a page for people: plain HTML made from the table of routes, without scripts or other hosts.
#pragma once

#include <string>

#include "http/api/body_schemas.hpp"

namespace troupe::http::api {

std::string docs_page(const body_schemas& schemas);
std::string docs_content_policy();  // allows the page's own style and nothing else

}  // namespace troupe::http::api
