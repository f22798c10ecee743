#include "actors/model/restart_budget.hpp"

#include <gtest/gtest.h>

namespace troupe::model {
namespace {

using namespace std::chrono_literals;

TEST(RestartBudget, EachRestartWaitsLongerAndThenThereAreNoMore) {
  restart_budget b;
  auto expected = 100ms;
  for (std::size_t i = 0; i < restart_budget::intensity; ++i, expected *= 2) EXPECT_EQ(b.spend(1s), expected);
  EXPECT_FALSE(b.spend(1s));
  EXPECT_EQ(b.restarts(), restart_budget::intensity + 1);
}

TEST(RestartBudget, OldDeathsAreForgiven) {
  restart_budget b;
  for (int i = 0; i < 100; ++i) EXPECT_EQ(b.spend(i * 61s), 100ms);
}

}  // namespace
}  // namespace troupe::model
