// Random walks of one deployment against a tiny world: whatever happens, something bad never does.
#include <random>

#include <gtest/gtest.h>

#include "tests/model/life.hpp"

namespace troupe::model::testing {
namespace {

bool legal(deployment_status from, deployment_status to) {
  using s = deployment_status;
  if (from == to) return true;
  switch (from) {
    case s::pending: return to == s::pulling_image || to == s::cancelled || to == s::removed;
    case s::pulling_image:
      return to == s::creating_volumes || to == s::failed || to == s::cancelled || to == s::removed;
    case s::creating_volumes:
      return to == s::starting_containers || to == s::failed || to == s::cancelled || to == s::removed;
    case s::starting_containers:
      return to == s::running || to == s::stopped || to == s::failed || to == s::cancelled || to == s::removed;
    case s::running: return to == s::stopped || to == s::superseded || to == s::removing;
    case s::stopped: return to == s::starting_containers || to == s::superseded || to == s::removing;
    case s::removing: return to == s::removed;
    case s::succeeded:
    case s::failed:
    case s::cancelled:
    case s::superseded: return to == s::removed;
    case s::removed: return false;
  }
  return false;
}

class walk {
public:
  explicit walk(std::uint64_t seed) : random_(seed) { d_.timings.stability = duration{1000}; }

  void run(int steps) {
    d_.tell(turn_granted{});
    for (int i = 0; i < steps; ++i) {
      const auto before = d_.state.row;
      one();
      ASSERT_TRUE(legal(before.status, d_.status()))
          << deployment_status_texts[before.status] << " to " << deployment_status_texts[d_.status()];
      if (before.error) {
        ASSERT_EQ(before.error, d_.state.row.error) << "a failure is never taken back";
      }
      if (is_final(d_.status()) && d_.status() == deployment_status::removed) return;
      // While it is active and unsettled, something is always under way: an effect, or a timer that leads to one.
      if (d_.state.active && is_in_flight(d_.status())) {
        ASSERT_TRUE(d_.state.busy || d_.armed(timer::retry)) << i;
      }
    }
  }

private:
  void one() {
    switch (random_() % 8) {
      case 0: {  // a crash: only the row survives
        life again(d_.state.row);
        again.timings = d_.timings;
        d_ = again;
        d_.tell(resumed{});
        return;
      }
      case 1: {
        const command c{static_cast<verb>(random_() % 6), static_cast<std::uint32_t>(random_() % 3 + 1)};
        if (!refusal(d_.state, c)) d_.tell(commanded{c});
        return;
      }
      case 2: d_.tell(looked_again{}); return;
      case 3: d_.fire(static_cast<timer>(random_() % timer_kinds)); return;
      default: answer(); return;
    }
  }

  void answer() {
    if (!d_.state.busy) return;
    if (random_() % 4 == 0) {
      const auto kind = std::array{consequence::retry, consequence::rejected, consequence::unavailable}[random_() % 3];
      d_.tell(effect_failed{{kind, make_failure(failure_code::internal, "x")}});
      return;
    }
    switch (d_.status()) {
      case deployment_status::pulling_image: d_.tell(image_resolved{}); return;
      case deployment_status::creating_volumes: d_.tell(volumes_made{}); return;
      case deployment_status::removing: d_.tell(service_gone{}); return;
      case deployment_status::starting_containers:
        if (is_undoing(d_.state.row)) {
          d_.tell(service_gone{});
          return;
        }
        [[fallthrough]];
      default: {
        std::vector<task_observation> tasks;
        const auto n = random_() % 4;
        for (std::size_t i = 0; i < n; ++i) {
          auto t = a_task(d_.state.row, static_cast<task_phase>(random_() % 4), "t" + std::to_string(random_() % 50));
          if (t.phase == task_phase::ended) t.trouble = make_failure(failure_code::exited, "exit");
          tasks.push_back(std::move(t));
        }
        d_.see(std::move(tasks), static_cast<applied>(random_() % 3));
      }
    }
  }

  std::mt19937_64 random_;
  life d_;
};

TEST(DeploymentMachine, RandomWalksNeverLeaveTheDiagram) {
  for (std::uint64_t seed = 1; seed <= 3000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    walk(seed).run(200);
    if (::testing::Test::HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace troupe::model::testing
