// The call that reads or follows one container's log.
#pragma once

#include <string>

#include "actors/messages.hpp"
#include "docker/clean_text.hpp"
#include "docker/transport.hpp"

namespace troupe::docker {

inline escapes escapes_of(const actors::read_logs& wanted) {
  return wanted.keep_escapes ? escapes::keep : escapes::strip;
}

inline std::string log_request(const std::string& container, const actors::read_logs& wanted, bool follow) {
  std::string path = "/containers/" + percent_encode(container) +
                     "/logs?stdout=1&stderr=1&timestamps=1&tail=" + std::to_string(wanted.tail);
  if (wanted.since) {
    const auto micros = wanted.since->time_since_epoch().count();
    auto fraction = std::to_string(micros % 1'000'000);
    path += "&since=" + std::to_string(micros / 1'000'000) + '.' + std::string(6 - fraction.size(), '0') + fraction;
  }
  if (follow) path += "&follow=1";
  return path;
}

}  // namespace troupe::docker
