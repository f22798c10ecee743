// Which pages may call: a browser says in Origin whose page it runs.
#pragma once

#include "config/settings.hpp"
#include "http/message.hpp"

namespace troupe::http::api {

// No Origin, PUBLIC_BASE_URL's own, this very machine's (localhost, 127.0.0.1, [::1], any port), or one of
// MCP_ALLOWED_ORIGINS. All others are refused: a page whose name was made to lead here (DNS rebinding) says its own.
bool is_origin_allowed(const request& asked, const config::settings& settings);

}  // namespace troupe::http::api
