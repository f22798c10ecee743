// What an environment's actor knows, and what its parts do; each part names its file.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "actors/application.hpp"
#include "actors/conversation.hpp"
#include "actors/environment.hpp"
#include "actors/environment/children.hpp"
#include "actors/environment/contents.hpp"
#include "actors/model/service_claims.hpp"

namespace troupe::actors::environment {

struct application_child {
  application_actor actor;  // none while it waits for its restart
  application_view_ptr row;
  std::set<deployment_id> releases;  // changes of which it is told
  model::restart_budget budget;
  std::string last_error;
};

struct state {
  static inline const char* name = "environment";

  house_ptr house;
  model::environment row;
  environment::children children;
  contents shown;                             // of them
  std::chrono::milliseconds published_at{0};  // the newest view, by the monotonic clock
  bool publishes_soon = false;
  model::service_claims claims;
  std::set<std::string> volumes_going;  // that the engine is deleting
  std::set<std::string> sweeping;       // services of no release, that the engine is removing
  std::map<std::string, std::uint64_t> fingerprints;
  std::uint64_t last_number = 0;
  bool numbers_known = false;  // last_number covers the releases that have ended, too
  bool network_known = false;
  bool site_released = false;  // its public domain, if it had one
  bool volumes_gone = false;
  bool busy = false;  // an effect or a save is under way, and pursue() is called when it ends
  std::map<std::string, std::set<std::uint64_t>> being_saved;  // by service, the numbers of releases that are accepted
                                                               // but not yet children
  std::map<operation_id, application_child> applications;      // under way: one at most
  bool accepting = false;                                      // another, which is not saved yet
  std::set<deployment_id> held;                                // releases whose turn in their application has not come
  backoff pause;
  std::optional<reply<environment_view_ptr>> creator;
  bool asleep = false;
  std::optional<reply<model::done>> waker;
  activity seen;
};

using self_ptr = environment_actor::stateful_pointer<state>;
using model::problem;
using view_promise = reply<environment_view_ptr>;
using deployment_promise = reply<deployment_view_ptr>;

// ---- lives.cpp: its deployments' actors, one for one

child& adopt(self_ptr self, model::deployment row, std::optional<model::deployment> former);
// A release under way goes back to the one that served, if that one still stands.
std::optional<model::deployment> former_of(const model::deployment& row, const std::vector<model::deployment>& living);
void child_ended(self_ptr self, const caf::exit_msg& e);
void child_changed(self_ptr self, const deployment_changed& m);

// ---- turns.cpp: who may act

// Called after each change of a release of the service: who may act now is worked out anew, and told where it is news.
void replan(self_ptr self, const std::string& service);
void replan_all(self_ptr self);
void wake_up(self_ptr self);
// Who woke it is told when Docker has answered everything that this set going.
void answer_waker(self_ptr self);

// ---- life.cpp: the environment's own

environment_view_ptr publish(self_ptr self);
// The same, at once or a moment later: many changes of a large environment are one view.
void publish_soon(self_ptr self);
// Takes the next step towards where the row says it should go; each answer calls it again.
void pursue(self_ptr self);
void create(self_ptr self, const view_promise& answer);
void remove(self_ptr self, const view_promise& answer);

// ---- releases.cpp: what users ask of its deployments

problem silent_database();
// An environment that is being made or deleted takes nothing new.
std::optional<problem> not_active(const state& my);

void create_release(self_ptr self, create_deployment what, deployment_promise answer);
void change(self_ptr self, change_service what, deployment_promise answer);
void roll_back(self_ptr self, const rollback_deployment& what, deployment_promise answer);
void command(self_ptr self, const command_deployment& what, const deployment_promise& answer);

// A release that is over holds nothing any more, also where its actor has not said so yet.
void let_go_of_ended(self_ptr self);

// A new release's row, with the next number and what is to be told of it; it is not saved yet.
model::deployment new_release(self_ptr self, const create_deployment& what);
void saved_now(state& my, const model::deployment& row);
// What the next number follows is known, once `then` is called.
void know_numbers(self_ptr self, const std::function<void()>& then, const std::function<void(problem)>& fail);

// ---- applications.cpp: several releases as one

void apply(self_ptr self, apply_application what, reply<application_view_ptr> answer);
void cancel(self_ptr self, const cancel_application& what, reply<application_view_ptr> answer);
// Its releases that must not begin yet do not; before they are adopted.
void hold_back(self_ptr self, const model::application& row);
void adopt_application(self_ptr self, const model::application& row);
void application_changed(self_ptr self, const application_view_ptr& row);
void tell_applications(self_ptr self, const deployment_id& changed);
// Whether it was one of them that ended.
bool application_ended(self_ptr self, const caf::exit_msg& e);
void end_applications(self_ptr self);

// ---- volumes.cpp

void drop_volume(self_ptr self, const delete_volume& what, const reply<model::done>& answer);

// ---- sight.cpp: what Docker shows

void look_again(self_ptr self, const std::string& service);
void compare(self_ptr self, environment_listed& listed);

// ---- cards.cpp: what operators are shown

void describe_all(self_ptr self, const reply<std::vector<actor_card>>& answer);

}  // namespace troupe::actors::environment
