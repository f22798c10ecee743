#pragma once

#include "config/settings.hpp"
#include "http/api/body_schemas.hpp"

namespace troupe::fuzz {

inline const config::settings& limits() {
  static const auto set = [] {
    config::settings s;
    s.max_replicas = 100;
    s.default_cpus = 1;
    s.default_memory_mb = 512;
    s.default_pids = 256;
    s.host_ports = {{1024, 65535}};
    return s;
  }();
  return set;
}

inline const http::api::body_schemas& schemas() {
  static const http::api::body_schemas all(limits());
  return all;
}

}  // namespace troupe::fuzz
