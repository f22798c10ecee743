// The files of http/schemas, compiled in.
#pragma once

#include <functional>
#include <map>
#include <string>

namespace troupe::http::api {

// By the file's name without ending.
const std::map<std::string, std::string, std::less<>>& schema_texts();

}  // namespace troupe::http::api
