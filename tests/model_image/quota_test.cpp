#include "actors/model/quota.hpp"

#include <gtest/gtest.h>

using namespace std::chrono_literals;
using troupe::model::quota;

TEST(Quota, AllowsTheLimitAndThenNoMoreUntilTheOldestLeaves) {
  quota q(3, 60s);
  EXPECT_EQ(q.take("a", 0s).remaining, 2U);
  EXPECT_EQ(q.take("a", 10s).remaining, 1U);
  EXPECT_EQ(q.take("a", 20s).remaining, 0U);
  const auto refused = q.take("a", 30s);
  EXPECT_FALSE(refused.allowed);
  EXPECT_EQ(refused.limit, 3U);
  EXPECT_EQ(refused.reset, quota::moment(30s));
  EXPECT_FALSE(q.take("a", 60s - 1ns).allowed);
  EXPECT_TRUE(q.take("a", 60s).allowed);
  EXPECT_FALSE(q.take("a", 60s).allowed);
}

TEST(Quota, NoWindowEverHoldsMoreThanTheLimit) {
  quota q(5, 60s);
  std::vector<quota::moment> allowed;
  for (int i = 0; i < 1000; ++i)
    if (const quota::moment now = i * 700ms; q.take("a", now).allowed) allowed.push_back(now);
  ASSERT_GT(allowed.size(), 50U);
  for (std::size_t i = 5; i < allowed.size(); ++i) EXPECT_GE(allowed[i] - allowed[i - 5], quota::moment(60s));
}

TEST(Quota, KeysDoNotShare) {
  quota q(1, 60s);
  EXPECT_TRUE(q.take("a", 0s).allowed);
  EXPECT_TRUE(q.take("b", 0s).allowed);
  EXPECT_FALSE(q.take("a", 1s).allowed);
}

TEST(Quota, WhatIsGivenBackCanBeTakenAgain) {
  quota q(1, 60s);
  EXPECT_TRUE(q.take("a", 5s).allowed);
  q.give_back("a", 5s);
  q.give_back("a", 5s);
  q.give_back("nobody", 5s);
  EXPECT_TRUE(q.take("a", 6s).allowed);
  EXPECT_FALSE(q.take("a", 7s).allowed);
}

TEST(Quota, LookingTakesNothing) {
  quota q(1, 60s);
  EXPECT_TRUE(q.look("a", 0s).allowed);
  EXPECT_EQ(q.look("a", 0s).remaining, 1U);
  EXPECT_TRUE(q.take("a", 1s).allowed);
  EXPECT_EQ(q.look("a", 2s).remaining, 0U);
  EXPECT_EQ(q.look("a", 2s).reset, 59s);
  EXPECT_EQ(q.look("a", 61s).remaining, 1U);
}

TEST(Quota, IdleKeysAreForgotten) {
  quota q(1, 1s);
  for (int i = 0; i < 100'000; ++i) q.take(std::to_string(i), i * 10ms);
  EXPECT_LE(q.keys(), 1025U);
}
