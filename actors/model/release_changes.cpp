#include "actors/model/release_changes.hpp"

#include <algorithm>

namespace troupe::model {

std::vector<std::string> dropped_since(const release_spec& before, const release_spec& now) {
  std::vector<std::string> out;
  for (const auto& v : before.volumes) {
    const bool mounted =
        std::any_of(now.volumes.begin(), now.volumes.end(), [&](const auto& other) { return other.name == v.name; });
    if (!mounted)
      out.push_back("The volume \"" + v.name + "\" (" + v.mount_path +
                    ") of the release before is not mounted any more. It is kept.");
  }
  for (const auto& p : before.ports) {
    const bool listed = std::any_of(now.ports.begin(), now.ports.end(), [&](const auto& other) {
      return other.container == p.container && other.protocol == p.protocol && other.host == p.host;
    });
    if (!listed)
      out.push_back("The release before had the port " + std::to_string(p.container) +
                    (p.host ? " published as " + std::to_string(*p.host) : "") + "; this one has not.");
  }
  std::string names;
  for (const auto& [name, value] : before.env)
    if (!now.env.contains(name)) (names += names.empty() ? "" : ", ") += name;
  if (!names.empty()) out.push_back("Environment variables of the release before are not set any more: " + names + ".");
  if (before.health && !now.health) out.push_back("The health check of the release before is not made any more.");
  return out;
}

}  // namespace troupe::model
