// Detached actors that run blocking jobs for one event-based actor, and the bounded queue before them.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <caf/all.hpp>

#include "actors/model/fair_share.hpp"

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

// Whose jobs they are decides who is next: each owner may hold as many workers, and as many places in the queue, as
// stay free for others (model::has_fair_share); of those who may have one more, who holds fewest gets the next, and of
// these who has waited longest. Jobs without an owner are the house's own: they take what is free.
class worker_pool {
public:
  worker_pool(std::size_t index, std::size_t limit) : index_(index), limit_(limit) {}

  template <class Self>
  void start(Self* self, const pool_owner& owner, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      workers_.push_back(self->template spawn<caf::detached + caf::linked>(worker, owner, index_, i));
      idle_.push_back(i);
    }
    runs_for_.resize(count);
  }

  // False: the queue is full, or this owner's share of it.
  template <class Self>
  bool submit(Self* self, const std::string& owner, blocking_job job) {
    const auto mine = owners_.find(owner);
    const auto before = mine == owners_.end() ? 0 : mine->second.waiting.size();
    if (waiting_ >= limit_ || !may_have(owner, before, limit_ - waiting_)) return false;
    owners_[owner].waiting.push_back({++arrivals_, std::make_shared<blocking_job>(std::move(job))});
    ++waiting_;
    next(self);
    return true;
  }
  template <class Self>
  void finished(Self* self, std::size_t worker) {
    idle_.push_back(worker);
    const auto it = owners_.find(runs_for_[worker]);
    if (--it->second.running == 0 && it->second.waiting.empty()) owners_.erase(it);
    next(self);
  }

  std::size_t waiting() const { return waiting_; }
  std::size_t busy() const { return workers_.size() - idle_.size(); }

private:
  struct queued_job {
    std::uint64_t arrival;
    std::shared_ptr<blocking_job> job;
  };
  struct owner_jobs {
    std::deque<queued_job> waiting;
    std::size_t running = 0;
  };

  static bool may_have(const std::string& owner, std::size_t mine, std::size_t free) {
    return owner.empty() || model::has_fair_share(mine, free);
  }

  template <class Self>
  void next(Self* self) {
    while (!idle_.empty()) {
      auto chosen = owners_.end();
      const auto rank = [](const owner_jobs& o) { return std::pair(o.running, o.waiting.front().arrival); };
      for (auto it = owners_.begin(); it != owners_.end(); ++it)
        if (!it->second.waiting.empty() && may_have(it->first, it->second.running, idle_.size()) &&
            (chosen == owners_.end() || rank(it->second) < rank(chosen->second)))
          chosen = it;
      if (chosen == owners_.end()) return;
      const auto worker = idle_.back();
      idle_.pop_back();
      runs_for_[worker] = chosen->first;
      ++chosen->second.running;
      --waiting_;
      self->send(workers_[worker], run_job{std::move(chosen->second.waiting.front().job)});
      chosen->second.waiting.pop_front();
    }
  }

  std::size_t index_;
  std::size_t limit_;
  std::size_t waiting_ = 0;
  std::uint64_t arrivals_ = 0;
  std::vector<worker_actor> workers_;
  std::vector<std::size_t> idle_;
  std::vector<std::string> runs_for_;         // by worker: the owner of its job
  std::map<std::string, owner_jobs> owners_;  // those with a job that waits or runs
};

}  // namespace troupe::docker

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::docker::run_job)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::docker::job_done)
