#include "tests/simulation/simulation.hpp"

#include <gtest/gtest.h>

namespace troupe::simulation {
namespace {

constexpr std::uint64_t seeds = 40;  // of each profile; `simulation --seeds A..B` runs more

std::string told(const report& r) {
  std::string text = "seed " + std::to_string(r.seed) + "\n";
  for (const auto& v : r.violations) text += "  " + v + '\n';
  return text + "  replay: " + r.replay();
}

class Simulation : public ::testing::TestWithParam<profile> {
protected:
  static void SetUpTestSuite() { quiet_log(); }
};

TEST_P(Simulation, KeepsItsInvariants) {
  const auto& p = GetParam();
  std::uint64_t running = 0, succeeded = 0, kills = 0, crashes = 0, faults = 0;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const auto r = simulate(seed, p);
    EXPECT_TRUE(r.ok()) << told(r);
    running += r.running, succeeded += r.succeeded, kills += r.kills, crashes += r.crashes, faults += r.faults;
  }
  // A simulation in which nothing happens proves nothing.
  EXPECT_GT(running, seeds);
  EXPECT_GT(succeeded, seeds / 8);
  EXPECT_TRUE(p.kills == 0 || kills > seeds) << kills << " kills";
  EXPECT_TRUE(p.actor_crashes == 0 || crashes > seeds) << crashes << " actors crashed";
  EXPECT_TRUE(!(p.engine_goes_wrong() || p.store_goes_wrong()) || faults > seeds) << faults << " faults";
}

TEST_P(Simulation, RepeatsItselfExactly) {
  const auto first = simulate(3, GetParam()), again = simulate(3, GetParam()), other = simulate(4, GetParam());
  EXPECT_EQ(first.trace_hash, again.trace_hash);
  EXPECT_EQ(first.messages, again.messages);
  EXPECT_NE(first.trace_hash, other.trace_hash);
}

INSTANTIATE_TEST_SUITE_P(Profiles, Simulation, ::testing::ValuesIn(profiles().begin(), profiles().end()),
                         [](const auto& instance) { return std::string(instance.param.name); });

}  // namespace
}  // namespace troupe::simulation
