#include "docker/engine_facts.hpp"

#include <charconv>
#include <filesystem>
#include <fstream>
#include <sys/utsname.h>

namespace troupe::docker {

namespace {

std::uint64_t subnets(const std::string& pool, int size) {
  const auto slash = pool.find('/');
  int bits = 0;
  if (slash == std::string::npos) return 0;
  std::from_chars(pool.data() + slash + 1, pool.data() + pool.size(), bits);
  return bits < 1 || size < bits || size - bits > 31 ? 0 : std::uint64_t{1} << static_cast<unsigned>(size - bits);
}

// Built in, loaded, or there to be loaded.
bool has_module(const std::string& name) {
  std::error_code none;
  if (std::filesystem::exists("/sys/module/" + name, none)) return true;
  utsname kernel{};
  if (uname(&kernel) != 0) return false;
  for (const auto* list : {"/modules.builtin", "/modules.dep"}) {
    std::ifstream file("/lib/modules/" + std::string(kernel.release) + list);
    for (std::string line; std::getline(file, line);)
      if (line.substr(0, line.find(':')).find('/' + name + ".ko") != std::string::npos) return true;
  }
  return false;
}

}  // namespace

engine_facts find_engine_facts(api_client& api) {
  engine_facts f;
  const auto ping = api.over().send({.path = "/_ping", .deadline = api.deadline()});
  f.reachable = ping.ok();
  if (!f.reachable) return f;
  if (const auto it = ping.headers.find("api-version"); it != ping.headers.end()) f.offered_api = it->second;
  f.api = negotiate(f.offered_api);
  if (!f.api) return f;
  const auto version = api.get("/version");
  f.version = text_of(at(version.body, "Version"));
  for (const auto& c : list_of(at(version.body, "Components"))) {
    if (text_of(at(c, "Name")) == "containerd") f.containerd = text_of(at(c, "Version"));
    if (text_of(at(c, "Name")) == "runc") f.runc = text_of(at(c, "Version"));
  }
  const auto info = api.get("/info");
  f.swarm_state = text_of(at(info.body, "Swarm", "LocalNodeState"));
  f.swarm_manager = flag_of(at(info.body, "Swarm", "ControlAvailable"));
  f.nodes = static_cast<int>(number_of(at(info.body, "Swarm", "Nodes")));
  f.logging_driver = text_of(at(info.body, "LoggingDriver"));
  f.swap_limit = flag_of(at(info.body, "SwapLimit"));
  f.pids_limit = flag_of(at(info.body, "PidsLimit"));
  for (const auto& w : list_of(at(info.body, "Warnings"))) f.warnings.push_back(text_of(w));
  if (f.swarm_manager) {
    const auto swarm = api.get("/swarm");
    f.subnet_size = static_cast<int>(number_of(at(swarm.body, "SubnetSize")));
    for (const auto& p : list_of(at(swarm.body, "DefaultAddrPool"))) f.address_pools.push_back(text_of(p));
    if (f.address_pools.empty()) f.address_pools.emplace_back("10.0.0.0/8");  // what Swarm takes where none was given
    for (const auto& pool : f.address_pools) f.networks_possible += subnets(pool, f.subnet_size);
  }
  return f;
}

kernel_facts find_kernel_facts() {
  std::error_code none;
  return {std::filesystem::exists("/proc/net/ip_vs", none) || has_module("ip_vs"), has_module("vxlan")};
}

std::string find_ingress_fault(std::string_view docker_host) {
  const bool elsewhere = parse_endpoint(docker_host).socket.empty();  // its kernel cannot be seen from here
  if (elsewhere || find_kernel_facts().ipvs) return {};
  return "must be host: this machine's kernel has no IPVS, so that nothing would answer at a port of mode ingress";
}

}  // namespace troupe::docker
