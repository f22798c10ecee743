// What an operator wants to know of the Engine before it is relied on.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "docker/api_client.hpp"

namespace troupe::docker {

struct engine_facts {
  bool reachable = false;
  std::string version;             // of the Engine
  std::string offered_api;         // its newest API version
  std::optional<api_version> api;  // what we speak with it; nothing: too old
  std::string containerd;          // versions
  std::string runc;
  std::string swarm_state;  // "active", "inactive", …
  bool swarm_manager = false;
  int nodes = 0;
  std::vector<std::string> address_pools;  // of overlay networks
  int subnet_size = 0;
  std::uint64_t networks_possible = 0;  // by pools and subnet size
  std::string logging_driver;
  bool swap_limit = true;
  bool pids_limit = true;
  std::vector<std::string> warnings;  // the Engine's own
};
engine_facts find_engine_facts(api_client& api);

// Of the kernel of this machine, which is the Engine's where it is local.
struct kernel_facts {
  bool ipvs = false;  // the routing mesh (`mode: ingress`) and virtual addresses need it
  bool vxlan =
      false;  // overlay networks over several nodes need it; nothing says so before first use where it is a module
};
kernel_facts find_kernel_facts();

// Why ports of `mode: ingress` cannot work on this Engine, as a tenant may read it; "": nothing is known against them.
std::string find_ingress_fault(std::string_view docker_host);

}  // namespace troupe::docker
