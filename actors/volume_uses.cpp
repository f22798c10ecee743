#include "actors/volume_uses.hpp"

#include <set>

#include "actors/model/volume_use.hpp"

namespace troupe::actors {

std::map<std::string, std::vector<volume_use>> volume_uses(const board& of, const model::environment_id& in) {
  std::map<std::string, std::vector<volume_use>> out;
  for (const auto& [service, releases] : of.services(in))
    for (const auto& view : releases)
      for (const auto& mount : model::mounts_of(view->row.spec, view->row.image))
        out[mount.name].push_back({view, mount});
  return out;
}

std::string users_of(const board& of, const model::environment_id& in, const std::string& volume) {
  std::string out;
  std::set<model::deployment_id> told;
  const auto tell = [&](const model::deployment& row) {
    if (!told.insert(row.id).second) return;
    out += (out.empty() ? "" : ", ") + row.spec.service + " (" + row.id.text + ", " +
           std::string(model::deployment_status_texts[row.status]) + ')';
  };
  const auto uses = volume_uses(of, in);
  if (const auto mounted = uses.find(volume); mounted != uses.end())
    for (const auto& use : mounted->second) tell(use.release->row);
  if (!model::is_own_volume(volume)) return out;
  for (const auto& [service, releases] : of.services(in))
    for (const auto& view : releases)
      if (!view->row.image) tell(view->row);
  return out;
}

}  // namespace troupe::actors
