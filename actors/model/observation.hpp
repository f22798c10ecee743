// What Docker shows of one service at one moment. The docker room writes it, the machine judges it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "actors/model/enum_text.hpp"
#include "actors/model/failure.hpp"
#include "actors/model/ids.hpp"
#include "actors/model/time.hpp"

namespace troupe::model {

// Swarm's task states, folded: `waiting` is new to preparing, `starting` is started but not yet healthy, `ended` is
// complete, failed, rejected, orphaned, shutdown or remove.
enum class task_phase { waiting, starting, running, ended };
inline constexpr enum_texts<task_phase, 4> task_phase_texts{{"waiting", "starting", "running", "ended"}};

struct task_observation {
  std::string id;    // Swarm's task id
  std::string name;  // what the API shows: service.slot
  std::string node;
  std::string container;         // container id, may be empty
  deployment_id deployment;      // from the container's labels
  std::uint32_t generation = 0;  // likewise
  task_phase phase = task_phase::waiting;
  bool wanted = false;  // Swarm's DesiredState is running
  std::optional<timestamp> started_at;
  std::optional<timestamp> ended_at;
  std::optional<int> exit_code;
  bool completed = false;                // its program ended with exit code 0 and was not told to
  std::optional<failure> trouble;        // why it ended, or why it cannot be placed; classified, with evidence
  bool fatal = false;                    // trying again cannot help (no such user, no such command, rejected)
  bool unplaceable = false;              // pending with "no suitable node"
  bool held = false;                     // it was kept out of service until it had run for the stability window
  bool excused = false;                  // the Engine's own trouble, which says nothing of the release
  std::vector<std::uint16_t> published;  // host ports, as bound

  bool operator==(const task_observation&) const = default;
};

// What converge had to do to make the service's spec as wanted. stopping: nothing yet, since what runs must end first.
enum class applied { nothing, created, updated, stopping };
inline constexpr enum_texts<applied, 4> applied_texts{{"nothing", "created", "updated", "stopping"}};

struct service_observation {
  applied change = applied::nothing;
  std::vector<task_observation> tasks;  // of all releases of the service, newest first
  std::optional<failure> waits_for{};   // while stopping: what has not ended yet
};

}  // namespace troupe::model
