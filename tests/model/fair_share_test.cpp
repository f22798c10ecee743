#include "actors/model/fair_share.hpp"

#include <map>

#include <gtest/gtest.h>

namespace troupe::model::testing {
namespace {

// As many users as given want all of it, one after another; what each gets.
std::map<int, std::size_t> shares_of(int users, std::size_t places) {
  std::map<int, std::size_t> mine;
  std::size_t free = places;
  for (bool more = true; more;) {
    more = false;
    for (int user = 0; user < users; ++user)
      if (free > 0 && has_fair_share(mine[user], free)) ++mine[user], --free, more = true;
  }
  return mine;
}

TEST(FairShare, ShrinksAsTheWholeFillsUp) {
  EXPECT_EQ(shares_of(1, 8)[0], 4U);
  for (const auto& [user, share] : shares_of(7, 128)) EXPECT_EQ(share, 16U) << user;
}

TEST(FairShare, WhoHoldsNoneGetsOne) {
  for (int greedy = 1; greedy <= 40; ++greedy) {
    auto taken = shares_of(greedy, 128);
    std::size_t free = 128;
    for (const auto& [user, share] : taken) free -= share;
    ASSERT_GT(free, 0U) << greedy;
    EXPECT_TRUE(has_fair_share(0, free)) << greedy;
  }
}

}  // namespace
}  // namespace troupe::model::testing
