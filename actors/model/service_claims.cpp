#include "actors/model/service_claims.hpp"

#include <algorithm>
#include <utility>

#include "actors/model/volume_use.hpp"

namespace troupe::model {

void service_claims::hold(const deployment& row) {
  volumes_.hold(row.id, row.spec.service, mounts_of(row.spec, row.image));
  ports_.hold(row.id, row.spec.service, row.spec.ports);
}

void service_claims::let_go(const deployment_id& release) {
  volumes_.let_go(release);
  ports_.let_go(release);
}

std::vector<claim_conflict> service_claims::conflicts(const release_spec& spec,
                                                      const std::set<std::string>& yielding) const {
  std::vector<claim_conflict> out;
  for (auto& v : volumes_.conflicts(spec.service, spec.volumes, yielding)) out.push_back({claim::volume, std::move(v)});
  for (auto& v : ports_.conflicts(spec.service, spec.ports, yielding)) out.push_back({claim::port, std::move(v)});
  return out;
}

problem taken_by_others(std::vector<claim_conflict> conflicts) {
  const bool port =
      std::any_of(conflicts.begin(), conflicts.end(), [](const auto& one) { return one.on == claim::port; });
  std::vector<violation> all;
  for (auto& one : conflicts) all.push_back(std::move(one.what));
  return {consequence::conflict,
          port ? "A host port is taken by another service of the environment."
               : "A volume is written to by another service of the environment.",
          std::move(all), 0};
}

}  // namespace troupe::model
