// What it takes to make an environment's services as an application wants them. The same function answers who asks
// beforehand and decides what is done, so that a plan tells what will happen.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "actors/model/application.hpp"
#include "actors/model/deployment.hpp"
#include "actors/model/problem.hpp"

namespace troupe::model {

constexpr std::uint32_t most_services = 1000;  // of an application

struct wanted_service {
  release_spec spec;
  std::set<std::string> kept;     // variables that keep the value which they have
  std::vector<dependency> after;  // what must be up, or done, before it is touched
  bool anew = false;              // it gets its next release also where it is as wanted, or under way
};

struct planned_change {
  std::string service;
  std::optional<step_action> action;   // absent: nothing is touched
  std::optional<deployment> standing;  // the release that is there
  release_spec spec;                   // as it will be; of `remove` as it is
  std::vector<std::string> after;      // the changes that come first; of a `remove` that nothing awaits all others do
};

struct application_plan {
  std::vector<planned_change> changes;  // each behind those that come first
  std::string world;  // 16 hexadecimal digits; others where another plan would follow, since something else stands
};

// By service: the release on which a change builds, or, of a job, the last one that SUCCEEDED.
using standing_releases = std::map<std::string, deployment>;

// rejected, with violations at /SERVICE/…: a variable is to keep a value that it has not, services await each other in
// a circle or one that is neither wanted nor there. conflict: a job that is wanted is under way, or services would get
// from each other, in a circle, what only one can have (hand_over.hpp).
outcome<application_plan> plan_application(std::vector<wanted_service> wanted, const standing_releases& standing,
                                           bool prune);

// What stands, as it would have to be wanted for nothing to change: variables keep their values, and of what is
// `stored` of who awaits whom there is what stands on both sides.
std::vector<wanted_service> standing_application(const standing_releases& standing, const dependencies& stored);

// Who awaits whom among them; of who awaits nobody, too.
dependencies dependencies_of(const std::vector<wanted_service>& wanted);

}  // namespace troupe::model
