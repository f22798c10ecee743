// What of the surroundings shows in the answer about a deployment or a service.
#pragma once

#include <string>

#include "actors/model/ids.hpp"
#include "actors/views.hpp"

namespace troupe::http::api {

struct api_state;

struct place {
  std::string host;                // of the platform, as others reach it
  actors::site_views_ptr sites{};  // the environment's public domains
};

place place_of(const api_state& api, const model::environment_id& environment);

// "deploy.example.org" of "https://deploy.example.org:8443/base"; an IPv6 address keeps its brackets.
std::string host_of(std::string_view url);

}  // namespace troupe::http::api
