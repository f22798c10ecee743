// The call that reads or follows one container's log.
#pragma once

#include <optional>
#include <string>

#include "actors/model/time.hpp"
#include "docker/transport.hpp"

namespace troupe::docker {

inline std::string log_request(const std::string& container, const std::optional<model::timestamp>& since,
                               bool follow) {
  std::string path = "/containers/" + percent_encode(container) + "/logs?stdout=1&stderr=1&timestamps=1";
  if (since) {
    const auto micros = since->time_since_epoch().count();
    auto fraction = std::to_string(micros % 1'000'000);
    path += "&since=" + std::to_string(micros / 1'000'000) + '.' + std::string(6 - fraction.size(), '0') + fraction;
  }
  if (follow) path += "&follow=1";
  return path;
}

}  // namespace troupe::docker
