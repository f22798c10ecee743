// What a user asks for in one release: the body of POST /deployments after validation and defaults. Plain data.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "actors/model/enum_text.hpp"
#include "actors/model/image_reference.hpp"

namespace troupe::model {

enum class port_protocol { tcp, udp };
inline constexpr enum_texts<port_protocol, 2> port_protocol_texts{{"tcp", "udp"}};

// host: one task a node, no IPVS needed. ingress: Swarm's routing mesh, any number of replicas; needs IPVS.
enum class port_mode { host, ingress };
inline constexpr enum_texts<port_mode, 2> port_mode_texts{{"host", "ingress"}};

struct port_mapping {
  std::uint16_t container = 0;
  std::optional<std::uint16_t> host;  // absent: reachable inside the environment only
  port_protocol protocol = port_protocol::tcp;
  port_mode mode = port_mode::host;

  bool operator==(const port_mapping&) const = default;
};

struct volume_mount {
  std::string name;        // the tenant's name; Docker's is object_names::volume
  std::string mount_path;  // absolute, normalised
  bool read_only = false;
  bool shared = false;  // its program can share the files with others that write to them (volume_use.hpp)

  bool operator==(const volume_mount&) const = default;
};

struct http_probe {
  std::uint16_t port = 0;
  std::string path = "/";

  bool operator==(const http_probe&) const = default;
};

struct bound {
  std::int64_t least, most;  // both included
};
// As the schema of a release has them.
struct health_check_bounds {
  static constexpr bound interval_seconds{1, 3600};
  static constexpr bound timeout_seconds{1, 600};
  static constexpr bound retries{1, 100};
  static constexpr bound start_period_seconds{0, 3600};
};

// Exactly one of command and http is set.
struct health_check {
  std::vector<std::string> command;  // argv, run inside the container; never a shell line
  std::optional<http_probe> http;
  std::uint32_t interval_seconds = 5;
  std::uint32_t timeout_seconds = 3;
  std::uint32_t retries = 3;
  std::uint32_t start_period_seconds = 10;

  bool operator==(const health_check&) const = default;
};

struct resources {
  double cpus = 1.0;
  std::uint32_t memory_mb = 512;
  std::uint32_t pids = 256;

  bool operator==(const resources&) const = default;
};

enum class restart_condition { none, on_failure, any };
inline constexpr enum_texts<restart_condition, 3> restart_condition_texts{{"none", "on-failure", "any"}};

struct restart_policy {
  restart_condition condition = restart_condition::any;
  std::uint32_t max_attempts = 0;  // 0: without end
  std::uint32_t delay_seconds = 1;

  bool operator==(const restart_policy&) const = default;
};

struct security {
  std::string user;  // "": the image's, or 10001:10001 where the image says root; "uid[:gid]" or a name of the image
  bool read_only_root = true;
  std::vector<std::string> writable_paths;  // get a tmpfs
  std::vector<std::string> capabilities;    // added back, from a short allow-list

  bool operator==(const security&) const = default;
};

struct release_spec {
  std::string service;  // DNS label, 1-40
  image_reference image;
  std::uint32_t replicas = 1;
  std::vector<port_mapping> ports;
  std::map<std::string, std::string> env;
  std::vector<volume_mount> volumes;
  std::vector<std::string> ephemeral;  // directories that the image declares as data, and that are to be in memory
  std::vector<std::string> command;
  std::vector<std::string> args;
  std::optional<health_check> health;
  resources limits;
  restart_policy restart;
  model::security security;

  bool operator==(const release_spec&) const = default;
};

}  // namespace troupe::model
