// Where a request carries its key.
#pragma once

#include <optional>
#include <string_view>

#include "http/message.hpp"

namespace troupe::http::api {

// X-API-Key, or Authorization: Bearer. Nothing where there is none, or several that differ. The view is into the
// request.
std::optional<std::string_view> presented_key_of(const request& asked);

}  // namespace troupe::http::api
