#include "actors/model/release_changes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace troupe::model::testing {
namespace {

using ::testing::HasSubstr;

TEST(ReleaseChanges, WhatIsDroppedIsSaidAndWhatIsChangedOrAddedIsNot) {
  release_spec before;
  before.volumes = {{"data", "/data"}, {"logs", "/logs"}};
  before.ports = {{80, 8080}, {443, std::nullopt}};
  before.env = {{"A", "1"}, {"B", "2"}, {"C", "3"}};
  before.health.emplace();
  EXPECT_TRUE(dropped_since(before, before).empty());

  auto now = before;
  now.volumes.pop_back();
  now.volumes.push_back({"more", "/more"});
  now.volumes[0].mount_path = "/elsewhere";
  now.ports = {{443, std::nullopt}, {81, std::nullopt}};
  now.env = {{"B", "changed"}, {"D", "4"}};
  now.health.reset();
  const auto said = dropped_since(before, now);
  ASSERT_EQ(said.size(), 4U);
  EXPECT_THAT(said[0], HasSubstr("\"logs\""));
  EXPECT_THAT(said[0], HasSubstr("is kept"));
  EXPECT_THAT(said[1], HasSubstr("80 published as 8080"));
  EXPECT_THAT(said[2], HasSubstr("A, C"));
  EXPECT_THAT(said[3], HasSubstr("health check"));
  EXPECT_TRUE(dropped_since({}, before).empty());
}

}  // namespace
}  // namespace troupe::model::testing
