// Directories inside a container at which something may be mounted: the one list of those where nothing may.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace troupe::model {

// volume: a volume that a release names. scratch: a tmpfs. declared: a VOLUME of the image. All may be below /etc; what
// is declared there hides nothing that is not the image's own, even where it has the name of a file of the system's.
enum class path_use { volume, scratch, declared };

// What is wrong with it, or nothing: absolute, normalised, of [A-Za-z0-9._@+~-], none of the system's.
std::optional<std::string> find_path_fault(std::string_view path, path_use use);

// The directory of the system that this absolute and normalised path is, or is in; nothing where it is in none. Of a
// path whose links have been followed it says what the text of the path cannot.
std::optional<std::string_view> find_system_directory(std::string_view path, path_use use);

// The path as Docker takes it: absolute, without empty, "." and ".." parts.
std::string normal_path(std::string_view path);

}  // namespace troupe::model
