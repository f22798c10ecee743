#include "http/api/place.hpp"

#include "http/api/api_state.hpp"

namespace troupe::http::api {

place place_of(const api_state& api, const model::environment_id& environment) {
  return {api.host, api.parts.behind().board->find_sites(environment)};
}

std::string host_of(std::string_view url) {
  if (const auto scheme = url.find("//"); scheme != std::string_view::npos) url.remove_prefix(scheme + 2);
  url = url.substr(0, url.find_first_of("/?#"));
  const auto end = url.starts_with('[') ? url.find(']') + 1 : url.find(':');
  return std::string(url.substr(0, end));
}

}  // namespace troupe::http::api
