// An application: services of an environment that are deployed as one. What is known of applying it is its row, saved
// before anything is done about it.
//
//   PUT ──> APPLYING ──────────────> SUCCEEDED
//              │ a step failed, or it was cancelled
//              ├── keep ──> FAILED
//              └── ROLLING_BACK ──> ROLLED_BACK / CANCELLED, or FAILED where something could not go back
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "actors/model/enum_text.hpp"
#include "actors/model/ids.hpp"
#include "actors/model/time.hpp"

namespace troupe::model {

enum class apply_status { applying, rolling_back, succeeded, failed, rolled_back, cancelled };
inline constexpr enum_texts<apply_status, 6> apply_status_texts{
    {"APPLYING", "ROLLING_BACK", "SUCCEEDED", "FAILED", "ROLLED_BACK", "CANCELLED"}};

// What becomes of the rest where a step fails: what was changed goes back, or what does not need it goes on.
enum class failure_policy { rollback, keep };
inline constexpr enum_texts<failure_policy, 2> failure_policy_texts{{"rollback", "keep"}};

enum class step_action { create, update, remove };
inline constexpr enum_texts<step_action, 3> step_action_texts{{"create", "update", "remove"}};

enum class step_status { waiting, in_progress, done, failed, cancelled, rolling_back, rolled_back, rollback_failed };
inline constexpr enum_texts<step_status, 8> step_status_texts{
    {"WAITING", "IN_PROGRESS", "DONE", "FAILED", "CANCELLED", "ROLLING_BACK", "ROLLED_BACK", "ROLLBACK_FAILED"}};

// How far an awaited service has to be, in Compose's words. That it has started and that it is healthy are one here: it
// is RUNNING; a job is always awaited to its end.
enum class awaited_state { started, healthy, completed };
inline constexpr enum_texts<awaited_state, 3> awaited_state_texts{{"STARTED", "HEALTHY", "COMPLETED"}};

struct dependency {
  std::string service;  // that is awaited
  awaited_state until = awaited_state::started;
  bool required = true;  // false: only where it is there

  bool operator==(const dependency&) const = default;
};
// By the service that waits.
using dependencies = std::map<std::string, std::vector<dependency>>;

struct application_step {
  step_action action{};
  std::string service;
  deployment_id deployment;             // the release that it makes; of `remove` the one that goes
  job_id job;                           // likewise
  std::vector<std::string> after;       // services whose steps come first; of `remove` none: all that make something do
  std::optional<deployment_id> before;  // what comes back where it must: of `update` the release that stood, of
                                        // `remove` the one that goes
  bool stopped = false;                 // of `remove`: it was STOPPED when it went
  deployment_id undo;                   // what going back makes, should it come to that
  job_id undo_job;
  bool stays = false;  // a job: what it has done is done, and nothing of it goes back
  step_status status = step_status::waiting;
  std::string detail;  // why it failed, was cancelled, or could not go back

  bool operator==(const application_step&) const = default;
};

struct application {
  operation_id id;
  environment_id environment;
  user_id owner;
  failure_policy on_failure = failure_policy::rollback;
  bool cancelled = false;  // by its owner, or with its environment
  apply_status status = apply_status::applying;
  std::vector<application_step> steps;  // each behind those that it awaits; removals that nothing awaits last
  std::string detail;                   // why it is not SUCCEEDED
  std::uint64_t revision = 1;
  timestamp created_at{};
  timestamp updated_at{};

  bool operator==(const application&) const = default;
};

constexpr bool is_over(apply_status s) {
  return s != apply_status::applying && s != apply_status::rolling_back;
}

}  // namespace troupe::model
