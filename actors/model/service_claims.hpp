// What the releases of an environment have for themselves: volumes that one service writes to, and host ports.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "actors/model/deployment.hpp"
#include "actors/model/port_claims.hpp"
#include "actors/model/volume_claims.hpp"

namespace troupe::model {

enum class claim { volume, port };
struct claim_conflict {
  claim on{};
  violation what;  // at its pointer in the body: /volumes/0, /ports/1/host
};

class service_claims {
public:
  // As far as it is known what it mounts: what its image declares is once that is resolved.
  void hold(const deployment& row);
  void let_go(const deployment_id& release);

  // What keeps a release from having what its spec asks for, beside all services but `yielding`: those let go of it
  // before its turn comes.
  std::vector<claim_conflict> conflicts(const release_spec& spec, const std::set<std::string>& yielding = {}) const;

private:
  volume_claims volumes_;
  port_claims ports_;
};

// Of what `conflicts` found, at least one: a conflict.
problem taken_by_others(std::vector<claim_conflict> conflicts);

}  // namespace troupe::model
