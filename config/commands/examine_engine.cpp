#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "config/commands/daemon_process.hpp"
#include "config/commands/finding.hpp"
#include "config/commands/isolation.hpp"
#include "config/commands/version_floor.hpp"
#include "docker/engine_facts.hpp"

namespace troupe::commands {

namespace {

constexpr std::uint64_t few_networks = 256;

class engine_examination {
public:
  engine_examination(const config::settings& settings, const seen_outside& seen)
      : settings_(settings), seen_(seen), transport_(settings.docker_host), api_(transport_, settings.engine_timeout) {}

  findings run() {
    if (!reach()) return std::move(out_);
    swarm();
    pools();
    versions();
    no_new_privileges();
    for (const auto& words : facts_.warnings)
      if (words.find("bridge-nf-call") == words.npos)
        add(severity::warning, "Engine", "it warns: " + words, "see `docker info`");
    if (!facts_.swap_limit || !facts_.pids_limit)
      add(severity::warning, "limits",
          std::string("the kernel limits no ") + (facts_.pids_limit ? "swap" : "number of processes"),
          "boot it with cgroup_enable=memory swapaccount=1 and the pids controller");
    kernel();
    isolation();
    return std::move(out_);
  }

private:
  void add(severity level, std::string subject, std::string words, std::string mend = {}) {
    out_.push_back({level, std::move(subject), std::move(words), std::move(mend)});
  }
  bool local() const { return !transport_.where().socket.empty(); }

  std::string why_unreachable() const {
    const auto& socket = transport_.where().socket;
    if (!local()) return "no answer";
    if (::access(socket.c_str(), F_OK) != 0) return std::strerror(errno);
    if (::access(socket.c_str(), R_OK | W_OK) != 0) return std::string(std::strerror(errno)) + " for this user";
    return "the socket is there, but nobody answers";
  }

  bool reach() {
    facts_ = docker::find_engine_facts(api_);
    const auto where = " at " + settings_.docker_host;
    if (!facts_.reachable)
      add(severity::failure, "Engine", "not reachable" + where + ": " + why_unreachable(),
          "start it, set DOCKER_HOST, or let this user reach it (group docker)");
    else if (!facts_.api)
      add(severity::failure, "Engine", "its API " + facts_.offered_api + " is too old",
          "upgrade Docker: API " + docker::oldest_version.text() + " came with 20.10");
    else
      add(severity::ok, "Engine",
          facts_.version + where + ", API " + facts_.offered_api + ", spoken: " + facts_.api->text());
    return facts_.reachable && facts_.api;
  }

  void swarm() {
    if (facts_.swarm_state != "active")
      add(severity::failure, "Swarm", "is " + (facts_.swarm_state.empty() ? "in no known state" : facts_.swarm_state),
          "run `docker swarm init`");
    else if (!facts_.swarm_manager)
      add(severity::failure, "Swarm", "this node is no manager",
          "point DOCKER_HOST at a manager, or `docker node promote` this one");
    else
      add(severity::ok, "Swarm",
          "active, manager, " + std::to_string(facts_.nodes) + (facts_.nodes == 1 ? " node" : " nodes"));
  }

  void pools() {
    if (!facts_.swarm_manager) return;
    if (facts_.address_pools.empty())  // made through the API without one: Swarm's own, as large as they come
      return add(severity::ok, "address pools",
                 "Swarm's default, 10.0.0.0/8 in subnets of /" + std::to_string(facts_.subnet_size));
    std::string pools;
    for (const auto& pool : facts_.address_pools) (pools += pools.empty() ? "" : ", ") += pool;
    const auto words = pools + " in subnets of /" + std::to_string(facts_.subnet_size) + ": at most " +
                       std::to_string(facts_.networks_possible) + " environments";
    if (facts_.networks_possible < few_networks)
      add(severity::warning, "address pools", words,
          "a Swarm takes another pool only at its birth: `docker swarm init --default-addr-pool`");
    else
      add(severity::ok, "address pools", words);
  }

  void versions() {
    for (const auto& [floor, version] :
         {std::pair{runc_floor, facts_.runc}, std::pair{containerd_floor, facts_.containerd}}) {
      const auto numbers = parse_version_numbers(version);
      if (!numbers)
        add(severity::warning, std::string(floor.program), "the Engine does not tell its version",
            "look whether it is patched: " + std::string(floor.holes));
      else if (!floor.holds(*numbers))
        add(severity::warning, std::string(floor.program),
            version + " may have known holes: " + std::string(floor.holes),
            "upgrade it, or look whether your distribution has patched this version");
      else
        add(severity::ok, std::string(floor.program), version);
    }
  }

  void no_new_privileges() {
    const std::string subject = "no-new-privileges";
    if (*facts_.api >= docker::no_new_privileges_version) return add(severity::ok, subject, "set for each service");
    const auto info = api_.get("/info");
    for (const auto& option : docker::list_of(docker::at(info.body, "SecurityOptions")))
      if (docker::text_of(option).find("no-new-privileges") != std::string::npos)
        return add(severity::ok, subject, "the daemon gives it to each container");
    const auto daemon = local() ? listener_of(transport_.where().socket) : std::nullopt;
    const auto given = seen_.no_new_privileges ? seen_.no_new_privileges
                       : daemon                ? gives_no_new_privileges(*daemon)
                                               : std::nullopt;
    if (given && *given) return add(severity::ok, subject, "the daemon gives it to each container");
    add(severity::warning, subject,
        given ? "containers run without it: this Engine cannot set it for a service"
              : "this Engine cannot set it for a service, and the daemon's own setting cannot be seen from here",
        "put {\"no-new-privileges\": true} into /etc/docker/daemon.json and restart dockerd, or use Docker 25 or "
        "later");
  }

  void kernel() {
    const std::string module_mend = "load it (modprobe), and have it loaded at boot";
    if (!local())
      return add(severity::warning, "kernel",
                 "the Engine is on another machine: IPVS and VXLAN cannot be checked from here",
                 "run `troupe doctor` there");
    const auto kernel = docker::find_kernel_facts();
    if (kernel.ipvs)
      add(severity::ok, "IPVS", "there, for Swarm's routing mesh");
    else
      add(severity::warning, "IPVS",
          "the kernel has none: Swarm's routing mesh answers nothing, so ports of mode \"ingress\" do not work; mode "
          "\"host\", the default, does",
          module_mend + " where such ports are wanted: ip_vs");
    if (kernel.vxlan)
      add(severity::ok, "VXLAN", "there, for overlay networks");
    else
      add(severity::warning, "VXLAN", "the kernel seems to have none: overlay networks need it",
          module_mend + ": vxlan");
  }

  void isolation() {
    const std::string subject = "tenant isolation";
    const std::string by_hand = "run `docker/tenant-isolation check` as root on the Engine's host";
    if (seen_.isolation) {
      if (!*seen_.isolation)
        return add(severity::warning, subject, "the packet rules are not in force on this machine",
                   "run `docker/tenant-isolation apply` as root");
      return add(severity::ok, subject,
                 facts_.nodes > 1 ? "the packet rules are in force here; check the other nodes too"
                                  : "the packet rules are in force");
    }
    if (!local())
      return add(severity::warning, subject, "cannot be checked from here",
                 by_hand + (facts_.nodes > 1 ? ", and on each node" : ""));
    const auto daemon = listener_of(transport_.where().socket);
    const auto state = look_at_isolation(daemon);
    if (!state.unknown.empty()) return add(severity::warning, subject, "cannot be checked: " + state.unknown, by_hand);
    if (!state.missing.empty())
      return add(
          severity::warning, subject,
          "tenants' containers can reach this host or each other: of the rules " +
              std::to_string(state.missing.size()) + " missing, the first: " + state.missing.front(),
          std::string("run `docker/tenant-isolation apply` as root") +
              (daemon && has_own_network(*daemon) ? " with --netns: this Engine has a network namespace of its own"
                                                  : ""));
    add(severity::ok, subject,
        facts_.nodes > 1 ? "the packet rules are in force here; check the other nodes too"
                         : "the packet rules are in force");
  }

  const config::settings& settings_;
  const seen_outside& seen_;
  docker::transport transport_;
  docker::api_client api_;
  docker::engine_facts facts_;
  findings out_;
};

}  // namespace

std::string take_seen(const std::string& text, seen_outside& into) {
  const auto at = text.find('=');
  const auto fact = text.substr(0, at), word = at == text.npos ? "" : text.substr(at + 1);
  auto* slot = fact == "isolation" ? &into.isolation : fact == "no-new-privileges" ? &into.no_new_privileges : nullptr;
  if (!slot || (word != "yes" && word != "no"))
    return "must be isolation=yes, isolation=no, no-new-privileges=yes or no-new-privileges=no";
  *slot = word == "yes";
  return {};
}

findings examine_engine(const config::settings& settings, const seen_outside& seen) {
  if (settings.docker_host.starts_with("simulated:"))
    return {{severity::warning, "Engine", "simulated: deployments change state as they would, but no container runs",
             "set DOCKER_HOST to a Swarm manager's Engine"}};
  return engine_examination(settings, seen).run();
}

}  // namespace troupe::commands
