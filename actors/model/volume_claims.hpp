// Which releases of an environment hold which of its volumes, so that no second service writes where one writes alone.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "actors/model/claim_index.hpp"
#include "actors/model/ids.hpp"
#include "actors/model/problem.hpp"
#include "actors/model/release_spec.hpp"

namespace troupe::model {

class volume_claims {
public:
  // From now on this release, of this service, mounts these; what it held before is forgotten.
  void hold(const deployment_id& release, const std::string& service, const std::vector<volume_mount>& mounts);
  void let_go(const deployment_id& release) { held_.let_go(release); }

  // What keeps a release of this service from mounting these beside all other services: for each of them that cannot
  // be, the way out, at its pointer in the body (/volumes/0). Releases of one service are never in each other's way:
  // they have turns. Nor are those of `yielding`, where both write alone (hand_over.hpp).
  std::vector<violation> conflicts(const std::string& service, const std::vector<volume_mount>& mounts,
                                   const std::set<std::string>& yielding = {}) const;

private:
  claim_index<std::string, volume_mount> held_;  // by the volume's name
};

}  // namespace troupe::model
