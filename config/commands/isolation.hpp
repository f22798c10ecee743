// Whether the packet rules of docker/tenant-isolation are in force.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace troupe::commands {

// What `iptables -S` (IPv6: `ip6tables -S`) lacks of the rules that docker/tenant-isolation adds always.
std::vector<std::string> missing_rules(std::string_view listing, bool ipv6);

struct isolation_state {
  std::vector<std::string> missing;  // empty: tenants are cut off
  std::string unknown = {};          // why it cannot be told; empty: it can
};
// In the daemon's network namespace, or this process's own where there is none. Runs iptables; needs root.
isolation_state look_at_isolation(std::optional<pid_t> daemon);

}  // namespace troupe::commands
