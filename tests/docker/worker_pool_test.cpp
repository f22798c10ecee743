// Who gets the next worker, with workers that are busy for as long as a test wants.
#include "docker/worker_pool.hpp"

#include <map>
#include <mutex>

#include <gtest/gtest.h>

#include "docker/deadline.hpp"

namespace troupe::docker::tests {
namespace {

using namespace std::chrono_literals;

struct board {
  std::mutex mutex;
  std::map<std::string, int> running, refused;
  std::vector<std::string> order;
  bool open = false;
  std::condition_variable opened;

  int runs(const std::string& owner) {
    const std::lock_guard lock(mutex);
    return running[owner];
  }
  void let_go() {
    const std::lock_guard lock(mutex);
    open = true;
    opened.notify_all();
  }
};
using board_ptr = std::shared_ptr<board>;

struct submission {
  std::string owner;
  int jobs = 1;
};
using owner_actor = pool_owner::extend<caf::reacts_to<submission>>;

}  // namespace
}  // namespace troupe::docker::tests

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::docker::tests::submission)

namespace troupe::docker::tests {
namespace {

struct owner_state {
  worker_pool pool{0, 16};
};

owner_actor::behavior_type pool_user(owner_actor::stateful_pointer<owner_state> self, const board_ptr& all,
                                     std::size_t workers) {
  self->state.pool.start(self, pool_owner(caf::actor_cast<owner_actor>(self)), workers);
  return {[self](const job_done& done) {
            self->state.pool.finished(self, done.worker);
            done.finish();
          },
          [self, all](const submission& s) {
            for (int i = 0; i < s.jobs; ++i) {
              const bool taken =
                  self->state.pool.submit(self, s.owner, [all, owner = s.owner]() -> std::function<void()> {
                    std::unique_lock lock(all->mutex);
                    ++all->running[owner];
                    all->order.push_back(owner);
                    all->opened.wait(lock, [&] { return all->open; });
                    --all->running[owner];
                    return [] {};
                  });
              if (taken) continue;
              const std::lock_guard lock(all->mutex);
              ++all->refused[s.owner];
            }
          }};
}

struct WorkerPool : ::testing::Test {
  caf::actor_system_config config;
  caf::actor_system system{config};
  caf::scoped_actor self{system};
  board_ptr all = std::make_shared<board>();
  owner_actor pool = system.spawn(pool_user, all, std::size_t{8});

  void TearDown() override {
    all->let_go();
    self->send_exit(pool, caf::exit_reason::user_shutdown);
  }
  void want(const std::string& owner, int jobs) { self->send(pool, submission{owner, jobs}); }
  bool runs(const std::string& owner, int many) {
    return wait_until(10s, [&] { return all->runs(owner) == many; });
  }
};

TEST_F(WorkerPool, OneOwnersSlowJobsLeaveWorkersForOthers) {
  want("greedy", 8);
  EXPECT_TRUE(runs("greedy", 4));
  want("second", 8);
  EXPECT_TRUE(runs("second", 2));
  want("third", 1);
  EXPECT_TRUE(runs("third", 1)) << "who has none gets one at once";
  EXPECT_EQ(all->runs("greedy"), 4);
}

TEST_F(WorkerPool, TheHousesOwnJobsTakeWhatIsFree) {
  want("", 12);
  EXPECT_TRUE(runs("", 8));
}

TEST_F(WorkerPool, WhoeverWaitsIsServedInTurnOnceWorkersAreFree) {
  want("greedy", 12);
  ASSERT_TRUE(runs("greedy", 4));
  want("second", 1);
  all->let_go();
  EXPECT_TRUE(wait_until(10s, [&] {
    const std::lock_guard lock(all->mutex);
    return all->order.size() == 13 - static_cast<std::size_t>(all->refused["greedy"]);
  }));
}

TEST_F(WorkerPool, OneOwnerDoesNotFillTheQueue) {
  want("greedy", 100);
  ASSERT_TRUE(runs("greedy", 4));
  want("second", 1);
  EXPECT_TRUE(runs("second", 1));
  const std::lock_guard lock(all->mutex);
  EXPECT_GE(all->refused["greedy"], 100 - 4 - 16 / 2);
  EXPECT_EQ(all->refused["second"], 0);
}

}  // namespace
}  // namespace troupe::docker::tests
