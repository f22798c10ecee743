// Directories inside a container that a release may name.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace troupe::http::api {

enum class path_use { volume, scratch };

// What is wrong with it, or nothing: absolute, normalised, of [A-Za-z0-9._@+~-], none of the system's.
std::optional<std::string> find_path_fault(std::string_view path, path_use use);

}  // namespace troupe::http::api
