// How an application goes on: its row and what is known of its releases -> the row to save, and what to do then. Level
// based: it is asked after each change, and after a start, and what it says is the same until it has come about.
#pragma once

#include <map>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "actors/model/application.hpp"
#include "actors/model/deployment.hpp"

namespace troupe::model {

struct release_fact {
  bool exists = false;  // else the release was never made, or its row is gone
  deployment_status status{};
  bool has_run = false;    // it was RUNNING once
  std::string error{};     // of one that FAILED: a sentence
  bool stopped = false;    // it is STOPPED, or on its way there
  bool overtaken = false;  // it was to go back, and something newer stands
};
// Of each release that releases_of names.
using release_facts = std::map<deployment_id, release_fact>;

// Each may be asked for again: it is done, or refused because of what the next look shows.
struct cancel_release {
  deployment_id deployment;
};
struct remove_release {
  deployment_id deployment;
};
struct go_back {  // from `deployment` to `to`, as a new release of these ids; to itself where it was removed
  deployment_id deployment, to, as;
  job_id job;
  bool stopped = false;  // where it was removed: when it was STOPPED
};
using application_effect = std::variant<cancel_release, remove_release, go_back>;

struct application_decision {
  application next;
  bool save = false;  // next differs and must be stored before the effects
  std::vector<application_effect> effects;
};

application_decision advance(const application& now, const release_facts& facts, timestamp at);

// Its environment is being deleted, and everything in it: nothing is left to be done.
application ended_with_environment(application row, timestamp at);

// Releases that it has to do with, and those that must not begin yet.
std::set<deployment_id> releases_of(const application& row);
std::set<deployment_id> held_by(const application& row);

}  // namespace troupe::model
