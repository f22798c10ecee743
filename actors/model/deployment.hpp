// One release of a service: the row that is saved before anything is done about it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "actors/model/crash_record.hpp"
#include "actors/model/failure.hpp"
#include "actors/model/ids.hpp"
#include "actors/model/release_spec.hpp"
#include "actors/model/resolved_image.hpp"
#include "actors/model/status.hpp"
#include "actors/model/time.hpp"

namespace troupe::model {

// Of a RUNNING deployment: whether what was true when it became RUNNING still is.
struct health {
  bool degraded = false;
  std::string reason;              // why degraded
  std::optional<timestamp> since;  // degraded

  bool operator==(const health&) const = default;
};

struct deployment {
  deployment_id id;
  job_id job;
  environment_id environment;
  user_id owner;
  std::uint64_t number = 0;      // grows with each release of an environment; the order of the queue
  release_spec spec;             // scale changes spec.replicas; nothing else changes it
  std::uint32_t generation = 0;  // grows with each restart: the containers' label, so that Swarm replaces them
  deployment_status status = deployment_status::pending;
  intent wanted = intent::run;
  std::optional<resolved_image> image;
  std::vector<std::string> warnings;    // told when it was accepted; those about its image are the image's
  std::optional<failure> error;         // set before the undoing starts; never taken back by a crash
  std::optional<deployment_id> former;  // the release that served when this one got its turn
  std::optional<deployment_id> rolled_back_to;
  std::optional<deployment_id> rollback_of;  // made by a rollback: the release whose image and configuration it repeats
  model::health health;
  crash_record crashes;  // while it runs
  bool begun = false;    // of a job: the container of its newest try has run, so it is not made once more
  // When the time of its phase is up, or of a command to what runs; none: nothing is under way that has an end. Kept,
  // so that a restart of Troupe neither gives it anew nor takes the command's change for somebody else's.
  std::optional<timestamp> due;
  unsigned renewals = 0;       // how often such a restart gave it more time
  std::uint64_t revision = 1;  // grows by one with each save: what a stale writer is refused by
  timestamp created_at{};
  timestamp updated_at{};
  std::optional<timestamp> running_since;

  bool operator==(const deployment&) const = default;
};

// A job whose program has begun and has not come to its end.
inline bool is_running_job(const deployment& d) {
  return d.spec.job && d.status == deployment_status::running;
}

// Whether a started release is on its way back: what was recorded decides, so a crash does not change the direction.
inline bool is_undoing(const deployment& d) {
  return (d.status == deployment_status::starting_containers || is_running_job(d)) &&
         (d.error || d.wanted == intent::cancel || d.wanted == intent::remove);
}

// The answer to `?wait=`: no step of its own is outstanding, and no command either.
inline bool is_settled(const deployment& d) {
  return is_settled(d.status) && !d.due && !is_running_job(d);
}

// Whether changes of its service build on it: it is neither over nor about to be.
inline bool stands(const deployment& d) {
  return !is_final(d.status) && d.status != deployment_status::removing && d.wanted != intent::cancel &&
         d.wanted != intent::remove && !d.error;
}

// One line of a deployment's timeline, saved in the same transaction as the row it tells of.
struct transition {
  deployment_id deployment;
  std::uint64_t revision = 0;  // the row's; also the event id of the stream
  deployment_status status{};
  timestamp at{};
  std::string detail;             // one sentence; may be empty
  std::uint32_t count = 1;        // how often it was told in a row; revision and `at` are those of the last time
  timestamp first_at{};           // as it is read: of the first time
  std::optional<verb> asked{};    // the command that begins to be carried out
  std::optional<ending> ended{};  // what was asked for before, or with it, is over
};

// What the docker room needs to make the service as wanted; a pure function of the row (plan_of).
struct service_plan {
  environment_id environment;
  deployment_id deployment;
  std::uint32_t generation = 0;
  release_spec spec;
  resolved_image image;
  std::uint32_t replicas = 0;  // spec.replicas, or 0 where it is to be stopped
  bool begun = false;          // a job's container is only looked for

  bool operator==(const service_plan&) const = default;
};
service_plan plan_of(const deployment& d);

}  // namespace troupe::model
