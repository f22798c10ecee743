// Watches store and swarm from outside, and says what should never be so. The numbers are those of the simulation's
// invariants:
//   O1 what was acknowledged is stored                    O6 once settled, nothing is written any more
//   O2 one writer per service                             O7 creates and deletes are those of the undisturbed run
//   O3 everything settles once the faults have stopped    O8 FAILED only for a cause
//   O4 RUNNING means running, as that release             O9 rows move along the arrows of the diagram, without gaps
//   O5 no object without a living row, and none missing   O10 a deleted environment leaves nothing; before, its volumes
//   stay
//   O11 a volume that is not shared has one writer: one container, one service; and a host port one service
//   O12 what a command did is not told as somebody else's doing
//   O13 a release that fails and has no check has cost the one before it no container, where that one may stay
//   meanwhile
//   O14 a job's containers come one after the other, and none after its success
//   O15 an application's releases begin in its order, it ends as its row says, and what went back is as it was before
//   O16 what waits for its turn is overtaken by a newer release alone, and not where it keeps its turn
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "docker/simulated_swarm.hpp"
#include "tests/simulation/profile.hpp"
#include "tests/support/stored_world.hpp"

namespace troupe::simulation {

class witness {
public:
  witness(const profile& p, std::shared_ptr<docker::simulated_swarm> swarm,
          std::shared_ptr<support::stored_world> store);
  ~witness();
  witness(const witness&) = delete;
  witness& operator=(const witness&) = delete;

  void say(std::string violation);
  const std::vector<std::string>& violations() const { return violations_; }

  // What is still on its way or not as it should be (O3, O4, O5, O10); empty once all is settled.
  std::vector<std::string> unsettled() const;
  // What a dead actor had asked for may still be done.
  bool the_dead_linger() const;

private:
  void saved(const model::deployment* before, const model::deployment& after);
  void saved(const model::environment* before, const model::environment& after);
  void saved(const model::application* before, const model::application& after);
  void accepted(const model::deployment& row);
  void began(const model::deployment& row);
  void alone(const model::deployment& row);
  void went_back(const model::application_step& step, const std::string& said);
  void overtaken(const model::deployment& row);
  void committed();
  void wrote(const std::string& object, docker::swarm_write kind, const model::service_plan* plan);
  void wrote_to_service(const std::string& object, docker::swarm_write kind, const model::service_plan* plan);
  void failed(const model::deployment& before, const model::deployment& row);
  void cost_nothing(const model::deployment& row, const model::deployment& former);
  std::string not_as_promised(const model::deployment& row) const;

  const profile& profile_;
  std::shared_ptr<docker::simulated_swarm> swarm_;
  std::shared_ptr<support::stored_world> store_;
  std::vector<std::string> violations_;
  std::map<model::deployment_id, model::timestamp> began_;   // to start containers, by the swarm's clock
  std::vector<model::deployment_id> accepted_;               // in the transaction under way
  std::map<model::deployment_id, bool> stopped_as_it_went_;  // of those that are to be removed
};

}  // namespace troupe::simulation
