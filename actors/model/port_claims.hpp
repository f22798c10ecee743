// Which releases of an environment hold which host ports, so that two of its services do not publish one. Between
// environments it is the database that decides (host_port_leases).
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "actors/model/claim_index.hpp"
#include "actors/model/ids.hpp"
#include "actors/model/problem.hpp"
#include "actors/model/release_spec.hpp"

namespace troupe::model {

// A sentence. `port` has a host port; `by`: who has it, as it may be called; "": somebody.
std::string told_taken(const port_mapping& port, const std::string& by = {});

class port_claims {
public:
  // From now on this release, of this service, holds the host ports among these; what it held before is forgotten.
  void hold(const deployment_id& release, const std::string& service, const std::vector<port_mapping>& ports);
  void let_go(const deployment_id& release) { held_.let_go(release); }

  // For each host port that another service holds, but those of `yielding`, at its pointer in the body (/ports/0/host).
  // Releases of one service have turns.
  std::vector<violation> conflicts(const std::string& service, const std::vector<port_mapping>& ports,
                                   const std::set<std::string>& yielding = {}) const;

private:
  using host_port = std::pair<std::uint16_t, port_protocol>;
  claim_index<host_port, std::monostate> held_;
};

}  // namespace troupe::model
