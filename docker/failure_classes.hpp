// The Engine's error texts as failures that a tenant may read. Pure; the texts were recorded from Docker 20.10.
#pragma once

#include <optional>
#include <string>

#include "actors/model/observation.hpp"
#include "actors/model/problem.hpp"
#include "docker/failure_words.hpp"
#include "docker/service_answer.hpp"

namespace troupe::docker {

// Why a pull failed. `status`: HTTP's, or 200 where the error came in the stream.
model::effect_error classify_pull(int status, const std::string& text, const std::string& image);
// Of an image whose manifest is for another platform alone: it is pulled all the same, and its program cannot be run.
model::failure built_for_another_platform();
// Of several manifests none fits: it is not pulled.
model::effect_error no_manifest_for_this_platform(const std::string& image);
// Whether it was that the registry had been asked too often.
bool is_rate_limit(const model::failure& pull);

// How much of what a container wrote, or its health check, is looked at and shown, in bytes: the last of it.
inline constexpr std::size_t shown_evidence = 8192;

// What can be found out about a container that ended.
struct evidence {
  bool out_of_memory = false;
  std::string last_lines;    // of its log, oldest first
  std::string probe_output;  // of its last health check
  std::optional<model::timestamp> started_at;
  bool unhealthy = false;  // its check had failed as often in a row as it may
  container_rights rights{};
  bool with_the_engine = false;  // it ended while the Engine was away
};

// Whether the task's end is a failure of which the container itself can tell more.
bool wants_evidence(const task_answer& task);

// The task as the machine judges it: with trouble, fatal, unplaceable and excused set where they hold.
model::task_observation judge(const task_answer& task, const evidence& found);

}  // namespace troupe::docker
