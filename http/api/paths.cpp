#include "http/api/paths.hpp"

#include <algorithm>
#include <array>

namespace troupe::http::api {

namespace {

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("._@+~-").find(c) != std::string_view::npos;
}

bool is_at_or_under(std::string_view path, std::string_view directory) {
  return path.starts_with(directory) && (path.size() == directory.size() || path[directory.size()] == '/');
}

}  // namespace

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
  constexpr std::array<std::string_view, 6> never{"/proc", "/sys", "/dev", "/etc", "/run/secrets", "/var/run/secrets"};
  constexpr std::array<std::string_view, 2> no_volume{"/run", "/var/run"};
  for (const auto directory : never)
    if (is_at_or_under(path, directory)) return "must not be in " + std::string(directory);
  if (use == path_use::volume)
    for (const auto directory : no_volume)
      if (is_at_or_under(path, directory)) return "must not be in " + std::string(directory);
  return std::nullopt;
}

}  // namespace troupe::http::api
