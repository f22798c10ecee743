#include "config/commands/daemon_process.hpp"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <vector>

#include <nlohmann/json.hpp>

namespace troupe::commands {

namespace {

std::string content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> arguments_of(pid_t process) {
  std::vector<std::string> out;
  std::string_view all;
  const auto text = content("/proc/" + std::to_string(process) + "/cmdline");
  for (all = text; !all.empty(); all.remove_prefix(std::min(all.size(), out.back().size() + 1)))
    out.emplace_back(all.substr(0, all.find('\0')));
  return out;
}

}  // namespace

std::optional<pid_t> listener_of(const std::string& socket_path) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  if (socket_path.empty() || socket_path.size() >= sizeof name.sun_path) return std::nullopt;
  std::memcpy(name.sun_path, socket_path.data(), socket_path.size());
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return std::nullopt;
  ucred peer{};
  socklen_t size = sizeof peer;
  const bool known = ::connect(fd, reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0 &&
                     ::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.pid > 0;
  ::close(fd);
  return known ? std::optional(peer.pid) : std::nullopt;
}

std::optional<bool> gives_no_new_privileges(pid_t daemon) {
  const auto arguments = arguments_of(daemon);
  if (arguments.empty() || !arguments.front().ends_with("dockerd")) return std::nullopt;
  std::string settings = "/etc/docker/daemon.json";
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    const std::string_view one = arguments[i];
    if (one == "--no-new-privileges" || one == "--no-new-privileges=true") return true;
    if (one.starts_with("--config-file=")) settings = one.substr(one.find('=') + 1);
    if (one == "--config-file" && i + 1 < arguments.size()) settings = arguments[i + 1];
  }
  // As the daemon sees it, which may live in a mount namespace of its own.
  const auto json =
      nlohmann::json::parse(content("/proc/" + std::to_string(daemon) + "/root" + settings), nullptr, false);
  return json.is_object() && json.value("no-new-privileges", nlohmann::json()) == true;
}

bool has_own_network(pid_t daemon) {
  std::error_code failed;
  const auto theirs = std::filesystem::read_symlink("/proc/" + std::to_string(daemon) + "/ns/net", failed);
  return !failed && theirs != std::filesystem::read_symlink("/proc/self/ns/net", failed) && !failed;
}

}  // namespace troupe::commands
