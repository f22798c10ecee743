#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "config/commands/finding.hpp"
#include "docker/json_reader.hpp"
#include "docker/transport.hpp"
#include "nginx/door_config.hpp"

namespace troupe::commands {

namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t mib = 1U << 20U;
constexpr std::uintmax_t least_disk = 100 * mib, little_disk = 1024 * mib;

finding nginx_there() {
  const auto program = nginx::door_options{}.program;
  if (::access(program.c_str(), X_OK) == 0) return {severity::ok, "nginx", program};
  return {severity::failure, "nginx",
          program + ": " + std::strerror(errno) + "; it is the door that clients come through",
          "apt-get install nginx-light"};
}

// 0, or errno: whether this process could listen there.
int listen_error(const config::endpoint& where) {
  sockaddr_storage name{};
  socklen_t size = 0;
  if (auto* v4 = reinterpret_cast<sockaddr_in*>(&name);
      ::inet_pton(AF_INET, where.address.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(where.port);
    size = sizeof *v4;
  } else {
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&name);
    name = {};
    if (::inet_pton(AF_INET6, where.address.c_str(), &v6->sin6_addr) != 1) return EINVAL;
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(where.port);
    size = sizeof *v6;
  }
  const int fd = ::socket(name.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return errno;
  const int yes = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  const int error = ::bind(fd, reinterpret_cast<const sockaddr*>(&name), size) == 0 && ::listen(fd, 1) == 0 ? 0 : errno;
  ::close(fd);
  return error;
}

bool troupe_runs(const config::settings& settings) {
  docker::transport client("tcp://127.0.0.1:" + std::to_string(settings.internal_port));
  const auto answer = client.send({.path = "/health", .deadline = std::chrono::seconds{2}, .max_body = 1U << 16U});
  const auto body = docker::parse_json(answer.body);
  return answer.fault == docker::transport_fault::none && body && docker::at(*body, "status").is_string();
}

findings ports(const config::settings& settings) {
  const struct {
    const char* setting;
    config::endpoint where;
  } all[] = {{"PORT", {settings.bind_address, settings.port}},
             {"INTERNAL_PORT", {"127.0.0.1", settings.internal_port}},
             {"ADMIN_ADDRESS", settings.admin_address}};
  findings out;
  std::string free;
  const bool runs = troupe_runs(settings);
  for (const auto& [setting, where] : all) {
    const int error = listen_error(where);
    const auto text = where.address + " port " + std::to_string(where.port);
    if (error == 0 || (error == EADDRINUSE && runs))
      (free += free.empty() ? "" : ", ") += text;
    else
      out.push_back({severity::failure, "ports", std::string(setting) + ": " + text + ": " + std::strerror(error),
                     error == EADDRINUSE ? std::string("end the program that listens there, or set another ") + setting
                                         : std::string("set another ") + setting});
  }
  if (out.empty()) out.push_back({severity::ok, "ports", free + (runs ? ": taken by a running Troupe" : ": free")});
  return out;
}

fs::path nearest_existing(fs::path path) {
  std::error_code ignored;
  while (!fs::exists(path, ignored) && path.has_parent_path() && path != path.parent_path()) path = path.parent_path();
  return path;
}

findings state_directory(const config::settings& settings) {
  const auto wanted = fs::absolute(settings.state_dir);
  const auto there = nearest_existing(wanted);
  std::error_code failed;
  if (!fs::is_directory(there, failed))
    return {{severity::failure, "state directory", there.string() + " is no directory",
             "set STATE_DIR to one, or to one that can be made"}};
  if (::access(there.c_str(), W_OK | X_OK) != 0)
    return {{severity::failure, "state directory", there.string() + ": " + std::strerror(errno),
             "give this user the right to write there, or set STATE_DIR"}};
  findings out{{severity::ok, "state directory",
                wanted.string() + (there == wanted ? ", writable" : ", not there yet; it can be made")}};
  const auto free = fs::space(there, failed).available;
  if (failed) return out;
  const auto words = std::to_string(free / mib) + " MiB free at " + there.string();
  if (free < least_disk)
    out.push_back({severity::failure, "disk", words, "make room"});
  else if (free < little_disk)
    out.push_back({severity::warning, "disk", words, "make room before it runs full"});
  else
    out.push_back({severity::ok, "disk", words});
  return out;
}

}  // namespace

findings examine_machine(const config::settings& settings) {
  findings out{nginx_there()};
  for (const auto& more : {ports(settings), state_directory(settings)}) out.insert(out.end(), more.begin(), more.end());
  return out;
}

}  // namespace troupe::commands
