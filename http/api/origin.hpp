// Which pages may call: a browser says in Origin whose page it runs.
#pragma once

#include <string_view>

#include "http/message.hpp"

namespace troupe::http::api {

// No Origin, PUBLIC_BASE_URL's own, or this very machine's (localhost, 127.0.0.1, [::1], any port).
bool is_origin_allowed(const request& asked, std::string_view public_base_url);

}  // namespace troupe::http::api
