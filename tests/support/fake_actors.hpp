// Small fakes of the actors behind the desk, over one shared world: they answer at once and keep what they were asked.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <caf/all.hpp>

#include "actors/desk/parts.hpp"
#include "actors/secrets/verified_keys.hpp"
#include "tests/support/stored_world.hpp"

namespace troupe::support {

// What the fakes share with the test.
struct shared_world {
  support::stored_world stored;
  std::shared_ptr<actors::board> board = std::make_shared<actors::board>();
  std::shared_ptr<actors::registry_book> logins = std::make_shared<actors::registry_book>();
  std::shared_ptr<secrets::verified_keys> keys;
  std::map<std::string, model::caller> valid;        // by presented text: what the identity actor accepts
  std::map<std::string, actors::created_key> links;  // by token: what the identity actor gives for it, once
  std::vector<std::string> redeemers;                // addresses of who tried
  std::vector<model::release_spec> specs;            // of each deployment really made
  std::vector<actors::log_line> lines;
  actors::read_logs asked;  // the last
  std::vector<actors::engine_volume> volumes;
  std::vector<actors::look_up_image> looked_up;            // what the engine was asked for
  std::map<std::string, model::image_prospect> prospects;  // by reference: what it answers; others are found
  std::set<std::string> silent;                            // references of which it never says anything
  std::vector<model::node_size> nodes;
  std::shared_ptr<actors::log_sink> sink;
  bool database_up = true, engine_up = true, database_hangs = false, orchestrator_fails = false,
       orchestrator_loses_answers = false, throws = false;
  std::optional<model::problem> refuses_with;  // the orchestrator, whatever it is asked to roll back or apply
  int authentications = 0, commands = 0, database_questions = 0;
  std::uint64_t numbers = 0;
};

using world_ptr = std::shared_ptr<shared_world>;

extern const model::timestamp start_of_time;

// With fakes of all actors; the rest is the caller's to set.
desk::parts spawn_fakes(caf::actor_system& system, const world_ptr& w);
void end_fakes(desk::parts& parts);

// Stored and on the board.
actors::deployment_view_ptr publish(const world_ptr& w, const model::deployment& row, std::string detail = {});
actors::environment_view_ptr publish(const world_ptr& w, const model::environment& row);
// Of which nothing is left to be done.
actors::application_view_ptr new_application(const world_ptr& w, const model::operation_id& id,
                                             const model::environment_id& in, const model::user_id& owner);
model::deployment new_row(const world_ptr& w, const model::environment& in, model::deployment_id id, model::job_id job,
                          model::release_spec spec);

}  // namespace troupe::support
