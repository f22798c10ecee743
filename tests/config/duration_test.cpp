#include "config/duration.hpp"

#include <gtest/gtest.h>

namespace troupe::config {
namespace {

using namespace std::chrono_literals;

TEST(Duration, EveryUnitIsRead) {
  EXPECT_EQ(parse_duration("150ms"), 150ms);
  EXPECT_EQ(parse_duration("5s"), 5s);
  EXPECT_EQ(parse_duration("15m"), 15min);
  EXPECT_EQ(parse_duration("2h"), 2h);
  EXPECT_EQ(parse_duration("90d"), 90 * 24h);
  EXPECT_EQ(parse_duration("0s"), 0ms);
}

TEST(Duration, AnythingElseIsRefused) {
  for (const auto* text :
       {"", "5", "s", "ms", "-5s", "+5s", "5 s", " 5s", "5s ", "1.5s", "5S", "1h30m", "5sec", "0x5s", "5s\n", "5w"})
    EXPECT_FALSE(parse_duration(text)) << '"' << text << '"';
}

TEST(Duration, OverflowIsRefusedAtTheLastExactValue) {
  EXPECT_EQ(parse_duration("9223372036854775807ms"), std::chrono::milliseconds::max());
  EXPECT_FALSE(parse_duration("9223372036854775808ms"));
  EXPECT_TRUE(parse_duration("106751991167d"));
  EXPECT_FALSE(parse_duration("106751991168d"));
}

TEST(Duration, TheLargestExactUnitIsWritten) {
  EXPECT_EQ(format_duration(0ms), "0s");
  EXPECT_EQ(format_duration(1500ms), "1500ms");
  EXPECT_EQ(format_duration(60s), "1m");
  EXPECT_EQ(format_duration(90s), "90s");
  EXPECT_EQ(format_duration(24h), "1d");
  EXPECT_EQ(format_duration(25h), "25h");
}

TEST(Duration, WhatIsWrittenIsReadBack) {
  for (const auto duration :
       {0ms, 1ms, 999ms, 1000ms, 59'000ms, 3'600'000ms, 86'400'001ms, std::chrono::milliseconds::max()})
    EXPECT_EQ(parse_duration(format_duration(duration)), duration);
}

}  // namespace
}  // namespace troupe::config
