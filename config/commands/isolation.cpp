#include "config/commands/isolation.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <poll.h>
#include <sched.h>
#include <set>
#include <spawn.h>
#include <sys/wait.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>

namespace troupe::commands {

namespace {

using namespace std::chrono_literals;

// What a program prints, or nothing where it fails or takes over 5 s. No shell: a whole path and a list of arguments.
std::optional<std::string> output_of(std::vector<std::string> command) {
  std::vector<char*> arguments;
  for (auto& one : command) arguments.push_back(one.data());
  arguments.push_back(nullptr);
  std::array<char, 9> locale{"LC_ALL=C"};
  std::array<char*, 2> environment{locale.data(), nullptr};
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
  ::posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  pid_t child = 0;
  const int failed = ::posix_spawn(&child, arguments.front(), &actions, nullptr, arguments.data(), environment.data());
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  std::string out;
  bool in_time = true;
  const auto end = std::chrono::steady_clock::now() + 5s;
  for (ssize_t got = 1; failed == 0 && got > 0;) {
    pollfd one{ends[0], POLLIN, 0};
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    if (left <= 0ms || ::poll(&one, 1, static_cast<int>(left.count())) == 0) {
      in_time = false;
      ::kill(child, SIGKILL);
      break;
    }
    std::array<char, 4096> block;
    got = ::read(ends[0], block.data(), block.size());
    if (got > 0) out.append(block.data(), static_cast<std::size_t>(got));
  }
  ::close(ends[0]);
  if (failed != 0) return std::nullopt;
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return in_time && WIFEXITED(status) && WEXITSTATUS(status) == 0 ? std::optional(out) : std::nullopt;
}

std::optional<std::string> find_program(const char* name) {
  for (const auto* folder : {"/usr/sbin/", "/sbin/", "/usr/bin/"})
    if (const auto path = std::string(folder) + name; ::access(path.c_str(), X_OK) == 0) return path;
  return std::nullopt;
}

std::string first_line(const char* path) {
  std::string line;
  std::getline(std::ifstream(path), line);
  return line;
}

isolation_state look_here() {
  isolation_state found;
  for (const bool ipv6 : {false, true}) {
    if (ipv6 && ::access("/proc/thread-self/net/if_inet6", F_OK) != 0) continue;
    const auto program = find_program(ipv6 ? "ip6tables" : "iptables");
    const auto rules = program ? output_of({*program, "-w", "2", "-S"}) : std::nullopt;
    if (!rules) {
      // A kernel without IPv6 tables lists none, and has no IPv6 to close.
      if (!ipv6) found.unknown = program ? "iptables does not answer" : "there is no iptables here";
      continue;
    }
    for (auto& rule : missing_rules(*rules, ipv6)) found.missing.push_back(std::move(rule));
  }
  if (first_line("/proc/sys/net/bridge/bridge-nf-call-iptables") != "1")
    found.missing.emplace_back("net.bridge.bridge-nf-call-iptables = 1");
  return found;
}

}  // namespace

std::vector<std::string> missing_rules(std::string_view listing, bool ipv6) {
  // "-A CHAIN …" without the order in which iptables prints a rule's parts, and without our mark.
  std::set<std::set<std::string>> present;
  const auto parts_of = [](std::string_view line) {
    std::set<std::string> parts;
    while (!line.empty()) {
      const auto end = std::min(line.find(' '), line.size());
      parts.emplace(line.substr(0, end));
      line.remove_prefix(std::min(end + 1, line.size()));
    }
    for (const auto* noise : {"-m", "--comment", "comment", "troupe", "multiport", ""}) parts.erase(noise);
    return parts;
  };
  while (!listing.empty()) {
    const auto end = std::min(listing.find('\n'), listing.size());
    present.insert(parts_of(listing.substr(0, end)));
    listing.remove_prefix(std::min(end + 1, listing.size()));
  }
  const std::vector<std::string> wanted{
      "INPUT -j TROUPE-INPUT",
      std::string(ipv6 ? "FORWARD" : "DOCKER-USER") + " -j TROUPE-FORWARD",
      "TROUPE-INPUT -i docker_gwbridge -j DROP",
      "TROUPE-INPUT -i docker_gwbridge -p udp --dport 4789 -j DROP",
      "TROUPE-FORWARD -i docker_gwbridge -o docker_gwbridge -j DROP",
      "TROUPE-FORWARD -i docker_gwbridge -p udp --dports 4789,7946 -j DROP",
  };
  std::vector<std::string> missing;
  for (const auto& rule : wanted)
    if (!present.contains(parts_of("-A " + rule))) missing.push_back((ipv6 ? "IPv6 " : "IPv4 ") + rule);
  return missing;
}

isolation_state look_at_isolation(std::optional<pid_t> daemon) {
  if (::geteuid() != 0) return {{}, "only root can read the packet rules"};
  isolation_state found;
  // A thread may change its own network namespace; what it starts is in there too.
  std::thread([&] {
    try {
      if (daemon) {
        const int space = ::open(("/proc/" + std::to_string(*daemon) + "/ns/net").c_str(), O_RDONLY | O_CLOEXEC);
        const bool entered = space >= 0 && ::setns(space, CLONE_NEWNET) == 0;
        if (space >= 0) ::close(space);
        if (!entered) {
          found.unknown = "the Engine's network namespace cannot be entered";
          return;
        }
      }
      found = look_here();
    } catch (const std::exception& e) {
      found.unknown = e.what();
    }
  }).join();
  return found;
}

}  // namespace troupe::commands
