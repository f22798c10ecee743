// How a service in Docker becomes what is planned, where it matters that the old containers have ended before a new one
// starts. Swarm's own "stop-first" is not enough: it forgets a container that was scaled away, starts the new one after
// a minute in any case, and knows nothing of containers of another service that mount the same volume.
#pragma once

#include "actors/model/observation.hpp"
#include "actors/model/volume_use.hpp"

namespace troupe::model {

// Whether the old container ends before the new one starts: because a job is one container at a time, two tasks cannot
// hold one host port, and two writers not one volume, or because the release asks for it.
bool stops_first(const service_plan& plan);

// What keeps a release from starting new containers beside the old ones, where it asks for that: VOLUME_NOT_SHARED for
// one of these directories that its image declares as data.
std::optional<failure> find_order_fault(const release_spec& spec, const std::vector<volume_mount>& declared);

// How much longer than for a single container it may take until all are replaced, by what the release says of it.
std::chrono::seconds time_between_steps(const service_plan& plan);

// What Swarm does with a container that ended. A job's next try is Troupe's decision.
restart_policy restart_policy_of(const release_spec& spec);

// Whether something says of its containers that they are healthy: the release's own check, or its image's. Of a job's
// nothing does but its end.
bool is_checked(const service_plan& plan);

// How long a new container is kept out of service, by a health check of Troupe's own that passes once it has run for so
// long: Swarm ends the old container when the new one is in service, so that one which does not outlive its stability
// window costs no request. Zero where the old one has ended anyway, or a check of the release or its image decides.
std::chrono::seconds hold_of(const service_plan& plan);

struct standing_service {
  bool exists = false;
  std::uint32_t replicas = 0;     // that Docker is told to keep
  bool other_containers = false;  // they are not made as planned: applying the plan replaces them
  bool writes_alone = false;  // it was planned as the only writer of a volume that the new plan mounts writable, too
};

enum class next_write {
  apply,             // the plan may be written
  stop,              // first tell Docker to keep no container of what is there
  apply_once_alone,  // the plan may be written once no container is left that could write to its volumes; of a job's
                     // service, once it has no container
};

// Asked where the service differs from the plan.
next_write next_write_of(const service_plan& plan, const standing_service& there);

// Swarm pauses an update when a new container fails, and never goes on by itself: containers of before would stay for
// ever. True where all containers that were replaced run well again, and have so for a while.
bool may_go_on(const service_plan& plan, const std::vector<task_observation>& tasks, timestamp now);

}  // namespace troupe::model
