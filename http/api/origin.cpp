#include "http/api/origin.hpp"

#include <algorithm>
#include <string_view>

#include "http/api/cors.hpp"

namespace troupe::http::api {

namespace {

// scheme://host[:port] of a URL, else nothing.
std::string_view origin_of(std::string_view url) {
  const auto scheme = url.find("://");
  return scheme == std::string_view::npos ? std::string_view{} : url.substr(0, url.find('/', scheme + 3));
}

bool is_local(std::string_view origin) {
  const auto scheme = origin.find("://");
  if (scheme == std::string_view::npos || (origin.substr(0, scheme) != "http" && origin.substr(0, scheme) != "https"))
    return false;
  const auto rest = origin.substr(scheme + 3);
  for (const std::string_view host : {"localhost", "127.0.0.1", "[::1]"}) {
    if (rest == host) return true;
    if (!rest.starts_with(host) || rest[host.size()] != ':') continue;
    const auto port = rest.substr(host.size() + 1);
    return !port.empty() && port.size() <= 5 &&
           std::all_of(port.begin(), port.end(), [](char c) { return c >= '0' && c <= '9'; });
  }
  return false;
}

}  // namespace

bool is_origin_allowed(const request& asked, const config::settings& settings) {
  const auto ours = origin_of(settings.public_base_url);
  return std::all_of(asked.headers.begin(), asked.headers.end(), [&](const auto& header) {
    return header.first != "origin" || (!ours.empty() && header.second == ours) || is_local(header.second) ||
           names_origin(settings.mcp_allowed_origins, header.second);
  });
}

}  // namespace troupe::http::api
