#include "http/api/cors.hpp"

#include <algorithm>

namespace troupe::http::api {

namespace {

constexpr const char* exposed =
    "X-Request-Id, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Retry-After, Location, ETag, Allow, "
    "Idempotency-Replayed, WWW-Authenticate, Mcp-Session-Id, MCP-Protocol-Version";
constexpr const char* sendable =
    "Authorization, X-API-Key, Content-Type, Accept, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, "
    "X-Request-Id, Mcp-Session-Id, MCP-Protocol-Version, Mcp-Method, Mcp-Name";
constexpr const char* two_hours = "7200";  // browsers keep no preflight longer

using origins = std::vector<std::string>;

const origins& allowed_at(const config::settings& settings, std::string_view path) {
  return path == "/mcp" || path.starts_with("/mcp/") ? settings.mcp_allowed_origins : settings.cors_allowed_origins;
}

bool is_for_all(const origins& allowed) {
  return !allowed.empty() && allowed.front() == "*";
}

bool may_read(const origins& allowed, const request& asked) {
  const auto* origin = asked.header("origin");
  return is_for_all(allowed) || (origin && names_origin(allowed, *origin));
}

}  // namespace

bool names_origin(const origins& allowed, std::string_view origin) {
  return is_for_all(allowed) || std::find(allowed.begin(), allowed.end(), origin) != allowed.end();
}

void add_cors(const config::settings& settings, call& c) {
  const auto& allowed = allowed_at(settings, c.asked.path);
  if (allowed.empty()) return;
  if (!is_for_all(allowed)) c.extra.emplace_back("Vary", "Origin");
  if (!may_read(allowed, c.asked)) return;
  c.extra.emplace_back("Access-Control-Allow-Origin", is_for_all(allowed) ? "*" : *c.asked.header("origin"));
  c.extra.emplace_back("Access-Control-Expose-Headers", exposed);
}

bool is_preflight(const call& c) {
  return c.asked.method == "OPTIONS" && c.asked.header("origin") && c.asked.header("access-control-request-method");
}

void add_preflight(const config::settings& settings, call& c, const std::string& methods) {
  if (!may_read(allowed_at(settings, c.asked.path), c.asked)) return;
  c.extra.emplace_back("Access-Control-Allow-Methods", methods);
  c.extra.emplace_back("Access-Control-Allow-Headers", sendable);
  c.extra.emplace_back("Access-Control-Max-Age", two_hours);
}

}  // namespace troupe::http::api
