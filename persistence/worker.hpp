// A thread of its own for an executor: takes jobs as a message and hands them back as another.
#pragma once

#include <functional>

#include <caf/all.hpp>

#include "persistence/executor.hpp"

namespace troupe::persistence {

struct report {
  std::size_t worker = 0;
  bool ok = false;  // otherwise the session is gone
  bool fenced = false;
  std::string error;
  std::uint64_t connections = 0;
};

// An empty batch is fine. `done` is called in the worker's thread, once, and only sends.
struct assignment {
  jobs batch;
  std::function<void(report)> done;
};

using worker_actor = caf::typed_actor<caf::reacts_to<assignment>>;

// Detached: it blocks in libpqxx. `number` comes back in its reports.
worker_actor spawn_worker(caf::actor_system& system, std::size_t number, std::unique_ptr<executor> work);

}  // namespace troupe::persistence

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::persistence::assignment)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::persistence::report)
