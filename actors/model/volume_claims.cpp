#include "actors/model/volume_claims.hpp"

#include "actors/model/volume_use.hpp"

namespace troupe::model {

void volume_claims::hold(const deployment_id& release, const std::string& service,
                         const std::vector<volume_mount>& mounts) {
  held_.let_go(release);
  for (const auto& m : mounts) held_.hold(m.name, release, {service, m});
}

std::vector<violation> volume_claims::conflicts(const std::string& service, const std::vector<volume_mount>& mounts,
                                                const std::set<std::string>& yielding) const {
  std::vector<violation> out;
  for (std::size_t i = 0; i < mounts.size(); ++i) {
    const auto& m = mounts[i];
    const auto* other = held_.find(m.name, [&](const auto& h) {
      const bool passes = yielding.contains(h.service) && writes_alone(h.how) && writes_alone(m);
      return h.service != service && !passes && exclude_each_other(h.how, m);
    });
    if (!other) continue;
    out.push_back(
        {"/volumes/" + std::to_string(i),
         "the service \"" + other->service +
             "\" writes to this volume: delete its deployment and wait until that is gone, or mount the volume "
             "with \"readOnly\": true, or, if their programs can share the files, with \"shared\": true " +
             (other->how.shared ? "here as well"
              : m.shared        ? "in that service, too, which has to be released with it first"
                                : "in both services")});
  }
  return out;
}

}  // namespace troupe::model
