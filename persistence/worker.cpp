#include "persistence/worker.hpp"

namespace troupe::persistence {

namespace {

struct worker_state {
  std::unique_ptr<executor> work;
  static inline const char* name = "database.worker";
};

report perform(executor& work, std::size_t number, const jobs& batch) {
  report out;
  out.worker = number;
  try {
    work.perform(batch);
    out.ok = true;
  } catch (const fenced& e) {
    out.fenced = true;
    out.error = e.what();
  } catch (const std::exception& e) {
    out.error = words_of(e);
  }
  out.connections = work.connections();
  return out;
}

worker_actor::behavior_type behavior(worker_actor::stateful_pointer<worker_state> self, std::size_t number,
                                     const std::shared_ptr<std::unique_ptr<executor>>& work) {
  self->state.work = std::move(*work);
  return {[self, number](const assignment& task) { task.done(perform(*self->state.work, number, task.batch)); }};
}

}  // namespace

worker_actor spawn_worker(caf::actor_system& system, std::size_t number, std::unique_ptr<executor> work) {
  return system.spawn<caf::detached>(behavior, number, std::make_shared<std::unique_ptr<executor>>(std::move(work)));
}

}  // namespace troupe::persistence
