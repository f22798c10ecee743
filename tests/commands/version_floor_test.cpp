#include "config/commands/version_floor.hpp"

#include <gtest/gtest.h>

namespace troupe::commands {

TEST(VersionFloor, NumbersAreReadUpToTheFirstOtherCharacter) {
  EXPECT_EQ(parse_version_numbers("1.1.5+ds1-1+deb12u1"), (version_numbers{1, 1, 5}));
  EXPECT_EQ(parse_version_numbers("1.6.20~ds1-1+deb12u3"), (version_numbers{1, 6, 20}));
  EXPECT_EQ(parse_version_numbers("v2.0.7"), (version_numbers{2, 0, 7}));
  EXPECT_EQ(parse_version_numbers("2.0"), (version_numbers{2, 0, 0}));
  EXPECT_EQ(parse_version_numbers("1.4.0-rc.3"), (version_numbers{1, 4, 0}));
  EXPECT_FALSE(parse_version_numbers(""));
  EXPECT_FALSE(parse_version_numbers("unknown"));
}

TEST(VersionFloor, EachMaintainedLineHasItsOwnFix) {
  EXPECT_FALSE(runc_floor.holds({1, 1, 15}));
  EXPECT_FALSE(runc_floor.holds({1, 2, 7}));
  EXPECT_TRUE(runc_floor.holds({1, 2, 8}));
  EXPECT_FALSE(runc_floor.holds({1, 3, 2}));
  EXPECT_TRUE(runc_floor.holds({1, 3, 3}));
  EXPECT_TRUE(runc_floor.holds({1, 4, 0}));
  EXPECT_FALSE(containerd_floor.holds({1, 6, 20}));
  EXPECT_TRUE(containerd_floor.holds({1, 7, 29}));
  EXPECT_FALSE(containerd_floor.holds({2, 0, 6}));
  EXPECT_TRUE(containerd_floor.holds({2, 2, 0}));
}

}  // namespace troupe::commands
