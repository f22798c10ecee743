#include "actors/model/volume_claims.hpp"

#include <algorithm>

#include "actors/model/volume_use.hpp"

namespace troupe::model {

void volume_claims::hold(const deployment_id& release, const std::string& service,
                         const std::vector<volume_mount>& mounts) {
  let_go(release);
  for (const auto& m : mounts) {
    of_volume_[m.name].emplace(release, holder{service, m});
    of_release_[release].push_back(m.name);
  }
}

void volume_claims::let_go(const deployment_id& release) {
  const auto held = of_release_.find(release);
  if (held == of_release_.end()) return;
  for (const auto& name : held->second) {
    const auto volume = of_volume_.find(name);
    if (volume == of_volume_.end()) continue;
    volume->second.erase(release);
    if (volume->second.empty()) of_volume_.erase(volume);
  }
  of_release_.erase(held);
}

std::vector<violation> volume_claims::conflicts(const std::string& service, const std::vector<volume_mount>& mounts,
                                                const std::set<std::string>& yielding) const {
  std::vector<violation> out;
  for (std::size_t i = 0; i < mounts.size(); ++i) {
    const auto& m = mounts[i];
    const auto volume = of_volume_.find(m.name);
    if (volume == of_volume_.end()) continue;
    const auto other = std::find_if(volume->second.begin(), volume->second.end(), [&](const auto& entry) {
      const auto& [unused, h] = entry;
      const bool passes = yielding.contains(h.service) && writes_alone(h.mount) && writes_alone(m);
      return h.service != service && !passes && exclude_each_other(h.mount, m);
    });
    if (other == volume->second.end()) continue;
    const auto& [unused, h] = *other;
    out.push_back(
        {"/volumes/" + std::to_string(i),
         "the service \"" + h.service +
             "\" writes to this volume: delete its deployment and wait until that is gone, or mount the volume "
             "with \"readOnly\": true, or, if their programs can share the files, with \"shared\": true " +
             (h.mount.shared ? "here as well"
              : m.shared     ? "in that service, too, which has to be released with it first"
                             : "in both services")});
  }
  return out;
}

}  // namespace troupe::model
