// What passes from one service of an application to another: the one lets go of a volume or a host port that the other
// one gets. So the one has to be changed first, and, on the way back, last.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "actors/model/deployment.hpp"

namespace troupe::model {

struct hand_over {
  std::string from, to;
  std::string pointer;  // where `to` asks for it: /volumes/0, /ports/1/host
  std::string what;     // such as: the volume "data"
};

// By service, what stands now and what is to stand then; one that is not there then is removed. Volumes pass where both
// services write alone: where one of them shares the files, nothing would keep the other from starting too early.
std::vector<hand_over> find_hand_overs(const std::map<std::string, const deployment*>& now,
                                       const std::map<std::string, const release_spec*>& then);

}  // namespace troupe::model
