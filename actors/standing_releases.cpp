#include "actors/standing_releases.hpp"

#include <algorithm>

namespace troupe::actors {

deployment_view_ptr newest_standing(const board::releases& by_number) {
  const auto found =
      std::find_if(by_number.rbegin(), by_number.rend(), [](const auto& v) { return model::stands(v->row); });
  return found == by_number.rend() ? nullptr : *found;
}

model::standing_releases standing_on(const board& on, const environment_id& environment) {
  model::standing_releases out;
  for (const auto& [name, releases] : on.services(environment))
    if (const auto newest = newest_standing(releases)) out.emplace(name, newest->row);
  return out;
}

model::standing_releases standing_in(const board& on, const environment_id& environment,
                                     const std::vector<stored_deployment>& ended,
                                     const model::standing_releases& before) {
  auto out = standing_on(on, environment);
  for (const auto& one : ended)
    if (one.row.status == model::deployment_status::succeeded) out.emplace(one.row.spec.service, one.row);
  for (const auto& [name, row] : before)
    if (row.spec.job) out.emplace(name, row);
  return out;
}

}  // namespace troupe::actors
