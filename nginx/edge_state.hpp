#pragma once
// What the edge's actor knows; each part of it below names its file.

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "actors/conversation.hpp"
#include "actors/model/restart_budget.hpp"
#include "actors/model/site_target.hpp"
#include "nginx/edge_actor.hpp"
#include "nginx/edge_answers.hpp"

namespace troupe::nginx {

/// One thing after the other: how the row changes, and who waits for it to be saved.
struct site_change {
  std::function<model::site_decision(const model::site&)> decide;
  std::optional<actors::reply<actors::site_view_ptr>> answer;
};

struct living_site {
  model::site row;
  bool aimed = false;  ///< its environment was seen: before that nobody knows who answers, and its file stays as it is
  model::site_targets targets;
  std::string note;  ///< why one of them is absent
  bool saving = false;
  bool leaving = false;  ///< its row is being deleted: nothing of it is saved any more
  std::deque<site_change> waiting;
  bool at_work = false;      ///< a check or an order is queued or under way
  std::uint64_t arming = 0;  ///< of the timer for next_try
  std::string in_force;      ///< its file as nginx has taken it; "": not known
  std::string refused;       ///< its file as nginx has not taken it
};

struct edge_job {
  model::site_id site;
  model::site_effect what;
};

using edge_self = actors::edge_actor::extend<caf::reacts_to<actors::continuation>>;

struct edge_data {
  static inline const char* name = "edge";

  edge_parts parts;
  actors::site_observer observer;
  actors::telegram_actor bot;
  bool loaded = false;
  std::map<model::site_id, living_site> sites;
  std::map<model::environment_id, std::vector<model::site_id>> by_environment;  ///< as they were claimed
  std::map<std::string, model::site_id> by_domain;
  std::map<model::site_id, model::environment_id> shown;  ///< to readers before the rows are loaded anew

  // The container as it was last seen.
  actors::edge_container container;
  bool inventory_known = false;
  std::set<std::string> held_sites, held_certificates;  ///< by id; also of sites that are gone
  std::set<model::environment_id> unjoinable;           ///< in this look
  bool works = false;
  std::string trouble = "The edge was not looked at yet.";

  bool looked = false;   ///< once at least: before that nobody knows whether a job can be done
  bool looking = false;  ///< a look is under way
  bool look_again = false;
  bool look_planned = false;
  std::chrono::milliseconds applied_at{-1'000'000};
  actors::backoff pause;
  std::vector<std::function<void()>> next_look;   ///< wait for a look that has not begun
  std::vector<std::function<void()>> after_look;  ///< done when this look has ended, whatever came of it

  std::deque<edge_job> jobs;
  std::size_t jobs_running = 0;
  std::deque<model::timestamp> orders;  ///< of the last hour

  model::restart_budget budget;
  bool quarantined = false;
  actors::activity seen;
};

using edge_pointer = edge_self::stateful_pointer<edge_data>;

inline model::problem conflict(std::string why) {
  return {model::consequence::conflict, std::move(why), {}, 0};
}

// ---- edge_actor.cpp

/// Everything from the rows: at the start, and wherever rows and memory may differ.
void load(edge_pointer self, actors::backoff pause = {});

// ---- edge_claims.cpp

living_site& adopt(edge_data& my, model::site row);
void drop(edge_pointer self, const model::site_id& id);
void publish_domain(edge_pointer self, const actors::publish_site& wanted,
                    const actors::reply<actors::site_view_ptr>& answer);
void release_domain(edge_pointer self, const actors::release_site& wanted, const actors::reply<model::done>& answer);

// ---- edge_lives.cpp

/// Takes a site away from what readers see.
void withdraw(edge_pointer self, const model::environment_id& environment, const model::site_id& id);
actors::site_view_ptr publish(edge_pointer self, const living_site& site);
std::vector<model::candidate_service> candidates_of(const edge_data& my, const actors::environment_view& view);
/// Works out anew which services answer.
void aim(edge_pointer self, living_site& site);
/// Arms the timer for next_try.
void arm(edge_pointer self, living_site& site);
void enqueue(edge_pointer self, const model::site_id& id, site_change change);
/// One event of a site's life: decided, saved, acted on; one after the other.
void happen(edge_pointer self, const model::site_id& id, model::site_event event);

void go_on(edge_pointer self, const model::site_id& id);

// ---- edge_jobs.cpp

/// Checks and orders that wait, as many at a time as may be.
void start_jobs(edge_pointer self);

// ---- edge_container.cpp

/// Brings the container to what the sites want, soon; calls within one interval become one.
void look_soon(edge_pointer self);

inline model::edge_unavailable edge_is_away() {
  return {"The platform's edge is not there at the moment."};
}

/// The site's file as it should be now, and whether it is the one that serves over TLS.
struct site_file {
  std::string text;
  bool serves = false;
};
site_file file_of(const edge_data& my, const living_site& site);

}  // namespace troupe::nginx
