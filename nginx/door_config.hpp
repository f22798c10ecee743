#pragma once
// The door's nginx configuration as text. Pure.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "config/body_limit.hpp"

namespace troupe::nginx {

struct door_options {
  std::string bind_address = "127.0.0.1";
  std::uint16_t port = 3000;
  std::uint16_t upstream_port = 3010;  ///< the engine's, on 127.0.0.1; its idle timeout must exceed 60 s
  std::string trusted_proxies;      ///< addresses and networks, with commas between, whose X-Forwarded-For is believed
  std::filesystem::path state_dir;  ///< absolute; all the door writes is in it
  std::string public_host = "localhost";
  std::string worker_user;  ///< what the workers become; empty: stay who started nginx
  std::string program = "/usr/sbin/nginx";

  std::size_t max_body_bytes = config::max_body_bytes;
  unsigned requests_per_second = 50;  ///< per client address
  unsigned request_burst = 100;
  unsigned connections_per_address = 100;

  std::chrono::seconds client_header_timeout{10};
  std::chrono::seconds client_body_timeout{30};
  std::chrono::seconds send_timeout{30};
  std::chrono::seconds keepalive_timeout{15};
  std::chrono::seconds answer_timeout{60};  ///< the engine answers every request earlier
  std::chrono::seconds stream_timeout{3600};
  std::chrono::seconds shutdown_grace{30};
};

/// nginx/door.conf.in, as built in.
extern const std::string_view door_template;

/// Throws std::invalid_argument where a value could not stand in the configuration.
std::string render_door(const door_options& options);

}  // namespace troupe::nginx
