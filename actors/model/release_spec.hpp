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

// A word for a set of what `security` says one by one; what it amounts to is told in security_preset.hpp.
enum class security_preset { restricted, drops_root, baseline };
inline constexpr enum_texts<security_preset, 3> security_preset_texts{{"restricted", "drops-root", "baseline"}};

// As asked for: what is absent is the preset's.
struct security {
  std::string user;  // "uid[:gid]" or a name of the image; "": the image's, as the preset has it
  std::optional<bool> read_only_root;
  std::vector<std::string> writable_paths;               // get a tmpfs
  std::optional<std::vector<std::string>> capabilities;  // added back, from a short allow-list
  std::optional<security_preset> preset;                 // absent: restricted, unless the image shows its need

  bool operator==(const security&) const = default;
};

struct ulimit {
  std::int64_t soft = 0;  // -1: without limit
  std::int64_t hard = 0;

  bool operator==(const ulimit&) const = default;
};

struct extra_host {
  std::string host;
  std::string address;  // IPv4 or IPv6

  bool operator==(const extra_host&) const = default;
};

struct memory_directory {
  std::string path;
  std::uint32_t size_mb = 64;
  bool exec = false;  // whether programs may be run from it

  bool operator==(const memory_directory&) const = default;
};

// What Docker keeps of what a container writes.
struct log_limits {
  std::uint32_t max_size_mb = 10;  // of a file
  std::uint32_t max_files = 3;

  bool operator==(const log_limits&) const = default;
};

// What few containers need said; what is absent is as the image or Troupe has it.
struct container_setup {
  std::optional<bool> init;  // absent: on, unless the image starts with an init of its own
  std::optional<std::uint32_t> stop_grace_seconds;
  std::string stop_signal;
  std::string hostname;  // absent: the service's name, for a second container with -2 behind it, and so on
  std::string working_dir;
  bool tty = false;
  std::map<std::string, ulimit> ulimits;
  std::vector<extra_host> extra_hosts;
  std::vector<std::string> dns;  // addresses
  std::map<std::string, std::string> sysctls;
  std::map<std::string, std::string> labels;  // of its containers
  std::uint32_t shm_size_mb = 0;              // 0: Docker's 64
  std::vector<memory_directory> tmpfs;
  log_limits logs;

  bool operator==(const container_setup&) const = default;
};

enum class update_order { stop_first, start_first };
inline constexpr enum_texts<update_order, 2> update_order_texts{{"stop-first", "start-first"}};

// How new containers take the place of old ones.
struct update_policy {
  std::optional<update_order> order;  // absent: start-first, but where that cannot be (model::stops_first)
  std::uint32_t parallelism = 1;      // containers at a time
  std::uint32_t delay_seconds = 0;    // between them

  bool operator==(const update_policy&) const = default;
};

// When the image's registry is asked: always; so too, but where it refuses for now because it was asked too often, an
// image that is here will do; or only where the image is not here. One that is here counts where the service has run
// it, or the registry has given it to everybody.
enum class pull_policy { if_moved, if_missing, always };
inline constexpr enum_texts<pull_policy, 3> pull_policy_texts{{"ifMoved", "ifMissing", "always"}};

// What becomes of a release that waits for its turn when a newer one of its service is accepted: it is SUPERSEDED
// without having run, or runs in its turn all the same.
enum class queue_policy { latest, all };
inline constexpr enum_texts<queue_policy, 2> queue_policy_texts{{"latest", "all"}};

// Of a release whose program is to end: exit code 0 is its success.
struct job_terms {
  static constexpr bound backoff_limits{0, 100};
  static constexpr bound deadlines{1, 86'400};

  std::uint32_t backoff_limit = 0;         // how often it is tried again after another end
  std::uint32_t deadline_seconds = 3'600;  // since its first container started, over all tries

  bool operator==(const job_terms&) const = default;
};

struct release_spec {
  std::string service;  // DNS label, 1-40
  image_reference image;
  pull_policy pull = pull_policy::if_moved;
  queue_policy queue = queue_policy::latest;  // a job's runs each have their turn
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
  container_setup setup;
  update_policy update;
  std::optional<job_terms> job;  // absent: a service, which is to run until it is stopped

  bool operator==(const release_spec&) const = default;
};

}  // namespace troupe::model
