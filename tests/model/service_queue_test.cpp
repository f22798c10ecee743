#include "actors/model/service_queue.hpp"

#include <gtest/gtest.h>

namespace troupe::model {
namespace {

using s = deployment_status;

release_brief release(std::string id, std::uint64_t number, s status, std::string service = "web") {
  return {{std::move(id)}, number, std::move(service), status};
}

TEST(ServiceQueue, TheOldestPendingReleaseGetsTheTurnAndTheServingOneIsItsFormer) {
  const auto plan = plan_turns({release("c", 3, s::pending), release("b", 2, s::pending), release("a", 1, s::running)});
  ASSERT_EQ(plan.grants.size(), 1U);
  EXPECT_EQ(plan.grants[0].next.text, "b");
  EXPECT_EQ(plan.grants[0].former->text, "a");
  EXPECT_TRUE(plan.active.empty()) << "the former keeps still";
}

TEST(ServiceQueue, NobodyElseActsWhileOneIsInFlight) {
  for (const auto busy : {s::pulling_image, s::creating_volumes, s::starting_containers, s::removing}) {
    const auto plan = plan_turns({release("a", 1, s::running), release("b", 2, busy), release("c", 3, s::pending)});
    EXPECT_TRUE(plan.grants.empty());
    EXPECT_TRUE(plan.superseded.empty());
    ASSERT_EQ(plan.active.size(), 1U);
    EXPECT_EQ(plan.active[0].text, "b");
  }
}

TEST(ServiceQueue, TheNewestThatRunsSupersedesTheOlderBeforeTheNextTurn) {
  const auto plan = plan_turns({release("a", 1, s::running), release("b", 2, s::running), release("c", 3, s::pending)});
  ASSERT_EQ(plan.superseded.size(), 1U);
  EXPECT_EQ(plan.superseded[0].older.text, "a");
  EXPECT_EQ(plan.superseded[0].by.text, "b");
  EXPECT_TRUE(plan.grants.empty());
}

TEST(ServiceQueue, WhatComesAfterAJobThatRunsWaitsForItsEnd) {
  auto job = release("a", 1, s::running);
  job.job = true;
  auto plan = plan_turns({job, release("b", 2, s::pending)});
  EXPECT_TRUE(plan.grants.empty());
  EXPECT_TRUE(plan.superseded.empty());
  ASSERT_EQ(plan.active.size(), 1U);
  EXPECT_EQ(plan.active[0].text, "a");
  job.status = s::succeeded;
  plan = plan_turns({job, release("b", 2, s::pending)});
  ASSERT_EQ(plan.grants.size(), 1U);
  EXPECT_FALSE(plan.grants[0].former);
}

TEST(ServiceQueue, ServicesDoNotWaitForEachOther) {
  const auto plan = plan_turns({release("a", 1, s::starting_containers, "db"), release("b", 2, s::pending, "web"),
                                release("c", 3, s::stopped, "cache")});
  ASSERT_EQ(plan.grants.size(), 1U);
  EXPECT_EQ(plan.grants[0].next.text, "b");
  EXPECT_EQ(plan.active.size(), 2U);
}

}  // namespace
}  // namespace troupe::model
