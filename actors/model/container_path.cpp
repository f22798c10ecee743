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
  constexpr std::array<std::string_view, 2> no_volume{"/run", "/var/run"};
  constexpr std::string_view configuration = "/etc";
  if (path == "/") return "/";
  for (const auto directory : never)
    if (is_at_or_under(path, directory)) return directory;
  if (use == path_use::declared ? path == configuration : is_at_or_under(path, configuration)) return configuration;
  if (use == path_use::volume)
    for (const auto directory : no_volume)
      if (is_at_or_under(path, directory)) return directory;
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
  if (const auto directory = find_system_directory(path, use)) return "must not be in " + std::string(*directory);
  return std::nullopt;
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
