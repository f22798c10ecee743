// Detached actors that run blocking jobs for one event-based actor, and the bounded queue before them.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include <caf/all.hpp>

namespace troupe::docker {

// Run on a worker; returns what the owner shall do with the result, on the owner's own turn.
using blocking_job = std::function<std::function<void()>()>;

struct run_job {
  std::shared_ptr<blocking_job> job;
};
struct job_done {
  std::size_t pool = 0;
  std::size_t worker = 0;
  std::function<void()> finish;
};

using worker_actor = caf::typed_actor<caf::reacts_to<run_job>>;
using pool_owner = caf::typed_actor<caf::reacts_to<job_done>>;

inline worker_actor::behavior_type worker(worker_actor::pointer self, pool_owner owner, std::size_t pool,
                                          std::size_t index) {
  return {[self, owner, pool, index](const run_job& r) { self->send(owner, job_done{pool, index, (*r.job)()}); }};
}

class worker_pool {
public:
  worker_pool(std::size_t index, std::size_t limit) : index_(index), limit_(limit) {}

  template <class Self>
  void start(Self* self, const pool_owner& owner, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      workers_.push_back(self->template spawn<caf::detached + caf::linked>(worker, owner, index_, i));
      idle_.push_back(i);
    }
  }

  // False: the queue is full.
  template <class Self>
  bool submit(Self* self, blocking_job job) {
    if (waiting_.size() >= limit_) return false;
    waiting_.push_back(std::make_shared<blocking_job>(std::move(job)));
    next(self);
    return true;
  }
  template <class Self>
  void finished(Self* self, std::size_t worker) {
    idle_.push_back(worker);
    next(self);
  }

  std::size_t waiting() const { return waiting_.size(); }
  std::size_t busy() const { return workers_.size() - idle_.size(); }

private:
  template <class Self>
  void next(Self* self) {
    if (waiting_.empty() || idle_.empty()) return;
    self->send(workers_[idle_.back()], run_job{std::move(waiting_.front())});
    idle_.pop_back();
    waiting_.pop_front();
  }

  std::size_t index_;
  std::size_t limit_;
  std::vector<worker_actor> workers_;
  std::vector<std::size_t> idle_;
  std::deque<std::shared_ptr<blocking_job>> waiting_;
};

}  // namespace troupe::docker

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::docker::run_job)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::docker::job_done)
