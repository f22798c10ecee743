// Where a request carries its key, and whom it comes from.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "http/message.hpp"

namespace troupe::http::api {

// X-API-Key, or Authorization: Bearer. Nothing where there is none, or several that differ. The view is into the
// request.
std::optional<std::string_view> presented_key_of(const request& asked);

// The client's address: the door is the only one that connects, and it overwrites X-Real-IP with what it sees.
std::string address_of(const request& asked);

}  // namespace troupe::http::api
