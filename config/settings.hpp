// What an operator can set, as typed values. The table in setting_table.cpp states each setting once: name, default,
// range, comment; .env.example lists them for people.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "config/logging.hpp"
#include "config/secret.hpp"

namespace troupe::config {

enum class telegram_mode { webhook, polling };
enum class telegram_access { open, allowlist, invite };
enum class security_preset { restricted, baseline };
enum class profile_fallback { off, drops_root, baseline };

struct port_range {
  std::uint16_t first = 0, last = 0;  // both included
  bool operator==(const port_range&) const = default;
};

struct endpoint {
  std::string address;  // an IP address, IPv6 without brackets
  std::uint16_t port = 0;
  bool operator==(const endpoint&) const = default;
};

// An empty text or secret is one that is not set.
struct settings {
  std::string bind_address;
  std::uint16_t port = 0;
  std::uint16_t internal_port = 0;
  endpoint admin_address;
  std::string trusted_proxies;  // addresses and networks, with commas between; empty: none
  std::uint32_t http_threads = 0;
  std::string published_host;   // "": public_base_url's
  std::string public_base_url;  // without a slash at the end; not set: http:// and where the door listens
  std::vector<std::string> cors_allowed_origins,
      mcp_allowed_origins;  // "https://host[:port]", or "*" alone; empty: none
  std::string api_key_prefix;
  std::uint32_t deployments_per_minute = 0;
  std::uint32_t plans_per_minute = 0;
  std::chrono::milliseconds magic_link_ttl{};

  secret database_url;
  std::chrono::milliseconds database_timeout{};

  std::string docker_host;
  std::string instance;
  std::chrono::milliseconds engine_timeout{};
  std::chrono::milliseconds pull_timeout{};
  std::chrono::milliseconds start_timeout{};
  std::chrono::milliseconds stability_window{};
  std::chrono::milliseconds crash_patience{};
  std::vector<port_range> host_ports;           // rising, apart from each other; empty: none
  std::vector<std::string> private_registries;  // host[:port], lower case
  std::uint32_t removals_per_minute = 0;
  std::uint32_t max_replicas = 0;
  double default_cpus = 0;
  std::uint32_t default_memory_mb = 0;
  std::uint32_t default_pids = 0;
  security_preset max_security_preset{};
  config::profile_fallback profile_fallback{};
  std::uint32_t kept_logs_mb = 0, kept_logs_total_mb = 0;  // of a service; of all
  std::chrono::milliseconds kept_logs_time{};
  std::chrono::milliseconds kept_history_time{};  // since a release was over
  std::uint32_t kept_releases = 0;                // of a service, however old

  secret telegram_bot_token;
  std::string telegram_api_url;  // without a slash at the end
  config::telegram_mode telegram_mode{};
  secret telegram_webhook_secret;
  config::telegram_access telegram_access{};
  std::vector<std::string> telegram_allowed_users;  // ids of people, decimal

  std::string acme_directory_url;
  std::string acme_email;
  std::string acme_ca_bundle;
  std::string edge_container;
  std::vector<std::string> edge_addresses;  // empty: any public one
  std::uint32_t domains_per_environment = 0;
  std::string edge_upstream;  // host:port

  std::string state_dir;
  std::string secrets_key_file;
  std::chrono::milliseconds shutdown_grace{};
  log::level log_level{};
  log::format log_format{};

  std::map<std::string, std::string> origins;  // by name: "environment" or "file PATH"; a default has none
};

struct violation {
  std::string setting;
  std::string message;  // never shows a secret
};

// The value of an environment variable. An empty one counts as not set, except HOST_PORTS, where it would widen what is
// allowed.
using lookup = std::function<std::optional<std::string>(const std::string& name)>;

std::optional<std::string> process_environment(const std::string& name);

// All violations at once. A secret NAME may instead come from the file that NAME_FILE names (its last line end is
// dropped).
std::variant<settings, std::vector<violation>> parse(const lookup& environment);

// Every text that no output may show: the secrets and the parts of them that would do harm alone.
std::vector<std::string> secrets(const settings& values);

bool allows(const std::vector<port_range>& ranges, std::uint16_t port);

}  // namespace troupe::config
