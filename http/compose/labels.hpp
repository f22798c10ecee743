// Names as DNS labels, which services and volumes have here.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace troupe::http::compose {

// `_` and `.` become `-`, capitals small letters; nothing where that is no label of a-z, 0-9 and - inside, of 1 to 40
// characters.
std::optional<std::string> label_of(std::string_view name);

}  // namespace troupe::http::compose
