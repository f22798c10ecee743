#include "docker/recent_looks.hpp"

#include <gtest/gtest.h>

#include "tests/docker/plans.hpp"

namespace troupe::docker::tests {

using namespace std::chrono_literals;

struct RecentLooks : testing::Test {
  recent_looks looks;
  recent_looks::clock::time_point now{1h};
  model::service_plan plan = plain_plan();

  void look(const std::string& service) {
    looks.remember(service, looks.begin(service, now), plan, "id-of-" + service, now);
  }
};

TEST_F(RecentLooks, WhatWasFoundAsPlannedIsRememberedForAWhile) {
  look("web");
  EXPECT_EQ("id-of-web", looks.find("web", plan, now + recent_looks::lifetime - 1ms));
  EXPECT_EQ(std::nullopt, looks.find("web", plan, now + recent_looks::lifetime));
  EXPECT_EQ(std::nullopt, looks.find("api", plan, now));
}

TEST_F(RecentLooks, AnotherPlanIsNotInForce) {
  look("web");
  auto other = plan;
  ++other.generation;
  EXPECT_EQ(std::nullopt, looks.find("web", other, now));
}

TEST_F(RecentLooks, AnEventForgetsItsServiceAlone) {
  look("web");
  look("api");
  looks.forget("web");
  EXPECT_EQ(std::nullopt, looks.find("web", plan, now));
  EXPECT_EQ("id-of-api", looks.find("api", plan, now));
  looks.forget_all();
  EXPECT_EQ(std::nullopt, looks.find("api", plan, now));
}

TEST_F(RecentLooks, ALookThatAnEventOvertookIsNotRemembered) {
  const auto ticket = looks.begin("web", now);
  looks.forget("web");
  looks.remember("web", ticket, plan, "id", now);
  EXPECT_EQ(std::nullopt, looks.find("web", plan, now));
  const auto late = looks.begin("web", now);
  look("web");
  looks.forget("web");
  looks.remember("web", late, plan, "id", now);
  EXPECT_EQ(std::nullopt, looks.find("web", plan, now));
}

TEST_F(RecentLooks, ALookUnderWayTellsNothingYet) {
  looks.begin("web", now);
  EXPECT_EQ(std::nullopt, looks.find("web", plan, now));
}

}  // namespace troupe::docker::tests
