// Which web pages may read answers in a browser (the Fetch standard's CORS). Off unless CORS_ALLOWED_ORIGINS, for /mcp
// MCP_ALLOWED_ORIGINS, names them. Keys go in headers, never in cookies: no page can use what a browser remembers.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/settings.hpp"
#include "http/api/call.hpp"

namespace troupe::http::api {

// Whether the setting's list names the origin; "*" names all.
bool names_origin(const std::vector<std::string>& allowed, std::string_view origin);

// Adds to `c.extra` what a browser needs for the caller's page to read the answer, if that page may.
void add_cors(const config::settings& settings, call& c);

// Whether a browser asks what a page may send before it sends it, and where the page may, the answer. `methods`: as in
// Allow.
bool is_preflight(const call& c);
void add_preflight(const config::settings& settings, call& c, const std::string& methods);

}  // namespace troupe::http::api
