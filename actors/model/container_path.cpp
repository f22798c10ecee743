#include "actors/model/container_path.hpp"

#include <algorithm>
#include <array>

namespace troupe::model {

namespace {

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("._@+~-").find(c) != std::string_view::npos;
}

bool is_at_or_under(std::string_view path, std::string_view directory) {
  return path.starts_with(directory) && (path.size() == directory.size() || path[directory.size()] == '/');
}

}  // namespace

std::optional<std::string_view> find_system_directory(std::string_view path, path_use use) {
  constexpr std::array<std::string_view, 6> never{"/proc",   "/sys", "/dev", "/run/secrets", "/var/run/secrets",
                                                  "/.troupe"};
  // What is made or read there by the Engine, the C library or whoever resolves a user's name.
  constexpr std::array<std::string_view, 11> files{"/etc/passwd",      "/etc/group",          "/etc/shadow",
                                                   "/etc/gshadow",     "/etc/hosts",          "/etc/hostname",
                                                   "/etc/resolv.conf", "/etc/nsswitch.conf",  "/etc/mtab",
                                                   "/run/docker.sock", "/var/run/docker.sock"};
  if (path == "/") return "/";
  for (const auto directory : never)
    if (is_at_or_under(path, directory)) return directory;
  if (path == "/etc") return "/etc";
  if (use != path_use::declared)
    for (const auto file : files)
      if (is_at_or_under(path, file)) return file;
  if (use == path_use::volume)
    for (const std::string_view directory : {"/run", "/var/run"})
      if (path == directory) return directory;
  return std::nullopt;
}

std::optional<std::string> find_path_fault(std::string_view path, path_use use) {
  if (path.empty() || path.front() != '/') return "must be an absolute path: begin it with /";
  if (path == "/") return "must not be the root directory";
  std::string_view rest = path.substr(1);
  for (;;) {
    const auto end = rest.find('/');
    const auto part = rest.substr(0, end);
    if (part.empty() || part == "." || part == "..")
      return "must be normalised: no //, no . or .. parts, no / at its end";
    if (!std::all_of(part.begin(), part.end(), is_letter)) return "must consist of letters, digits and . _ @ + ~ -";
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 1);
  }
  const auto directory = find_system_directory(path, use);
  if (!directory) return std::nullopt;
  const bool may_be_below = path == "/etc" || path == "/run" || path == "/var/run";
  return (may_be_below ? "must be a directory below " : "must not be in ") + std::string(*directory);
}

std::string normal_path(std::string_view path) {
  std::string out;
  while (!path.empty()) {
    const auto end = std::min(path.find('/'), path.size());
    const auto part = path.substr(0, end);
    path.remove_prefix(std::min(end + 1, path.size()));
    if (part == "..")
      out.erase(out.empty() ? 0 : out.rfind('/'));
    else if (!part.empty() && part != ".")
      (out += '/') += part;
  }
  return out.empty() ? "/" : out;
}

}  // namespace troupe::model
