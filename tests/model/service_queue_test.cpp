#include "actors/model/service_queue.hpp"

#include <gtest/gtest.h>

namespace troupe::model {
namespace {

using s = deployment_status;

release_brief release(std::string id, std::uint64_t number, s status, std::string service = "web") {
  return {{std::move(id)}, number, std::move(service), status};
}

release_brief keeping(release_brief one) {
  one.keeps_turn = true;
  return one;
}

// "older by newer" each, in the plan's order.
std::vector<std::string> superseded(const turns& plan) {
  std::vector<std::string> out;
  for (const auto& one : plan.superseded) out.push_back(one.older.text + " by " + one.by.text);
  return out;
}

TEST(ServiceQueue, ThePendingReleaseGetsTheTurnAndTheServingOneIsItsFormer) {
  const auto plan = plan_turns({release("b", 2, s::pending), release("a", 1, s::running)});
  ASSERT_EQ(plan.grants.size(), 1U);
  EXPECT_EQ(plan.grants[0].next.text, "b");
  EXPECT_EQ(plan.grants[0].former->text, "a");
  EXPECT_TRUE(plan.active.empty()) << "the former keeps still";
}

TEST(ServiceQueue, TheLatestOfThoseThatWaitOvertakesTheOthers) {
  auto plan = plan_turns({release("d", 4, s::pending), release("c", 3, s::pending), release("b", 2, s::pending),
                          release("a", 1, s::running)});
  EXPECT_EQ(superseded(plan), (std::vector<std::string>{"b by d", "c by d"}));
  ASSERT_EQ(plan.grants.size(), 1U);
  EXPECT_EQ(plan.grants[0].next.text, "d");
  // Behind one that is under way, too: each of them would be out of date at once.
  plan =
      plan_turns({release("a", 1, s::starting_containers), release("b", 2, s::pending), release("c", 3, s::pending)});
  EXPECT_EQ(superseded(plan), (std::vector<std::string>{"b by c"}));
  EXPECT_TRUE(plan.grants.empty());
}

TEST(ServiceQueue, WhatWasOvertakenIsSoAlsoAfterTheNewerOneHasBegun) {
  for (const auto newer : {s::pulling_image, s::starting_containers, s::running, s::stopped}) {
    const auto plan = plan_turns({release("a", 1, s::pending), release("b", 2, newer)});
    EXPECT_EQ(superseded(plan), (std::vector<std::string>{"a by b"}));
    EXPECT_TRUE(plan.grants.empty());
  }
  const auto plan = plan_turns({release("a", 1, s::pending), release("b", 2, s::removing)});
  EXPECT_TRUE(plan.superseded.empty()) << "what goes wants nothing of the service";
}

TEST(ServiceQueue, WhatKeepsItsTurnIsNotOvertaken) {
  auto plan =
      plan_turns({keeping(release("a", 1, s::pending)), release("b", 2, s::pending), release("c", 3, s::pending)});
  EXPECT_EQ(superseded(plan), (std::vector<std::string>{"b by c"}));
  ASSERT_EQ(plan.grants.size(), 1U);
  EXPECT_EQ(plan.grants[0].next.text, "a");
  auto first = release("a", 1, s::pending), second = release("b", 2, s::pending);
  first.job = second.job = true;
  plan = plan_turns({first, second});
  EXPECT_TRUE(plan.superseded.empty()) << "each run of a job has its turn";
  ASSERT_EQ(plan.grants.size(), 1U);
  EXPECT_EQ(plan.grants[0].next.text, "a");
}

TEST(ServiceQueue, WhatMayNotBeginYetOvertakesNobodyAndIsOvertaken) {
  auto held = release("b", 2, s::pending);
  held.held = true;
  auto plan = plan_turns({release("a", 1, s::pending), held});
  EXPECT_TRUE(plan.superseded.empty());
  plan = plan_turns({held, release("c", 3, s::pending)});
  EXPECT_EQ(superseded(plan), (std::vector<std::string>{"b by c"}));
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
