#include "actors/codec/timestamp_text.hpp"

#include <gtest/gtest.h>

namespace troupe::codec {
namespace {

using namespace std::chrono_literals;

TEST(TimestampText, PrintsUtcWithMicroseconds) {
  const model::timestamp at{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23}.time_since_epoch() + 10h +
                            123456us};
  EXPECT_EQ(timestamp_text(at), "2026-11-23T10:00:00.123456Z");
  EXPECT_EQ(timestamp_text(model::timestamp{}), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(timestamp_text(model::timestamp{-1us}), "1969-12-31T23:59:59.999999Z");
}

TEST(TimestampText, ReadsWhatItPrints) {
  for (const auto text :
       {"2026-11-23T10:00:00.123456Z", "1969-12-31T23:59:59.999999Z", "2024-02-29T00:00:00.000001Z"}) {
    const auto at = timestamp_from_text(text);
    ASSERT_TRUE(at) << text;
    EXPECT_EQ(timestamp_text(*at), text);
  }
}

TEST(TimestampText, ReadsOffsetsAndOtherFractions) {
  const auto shown = [](std::string_view text) { return timestamp_text(timestamp_from_text(text).value()); };
  EXPECT_EQ(shown("2026-11-23T10:00:00Z"), "2026-11-23T10:00:00.000000Z");
  EXPECT_EQ(shown("2026-11-23T10:00:00.5Z"), "2026-11-23T10:00:00.500000Z");
  EXPECT_EQ(shown("2026-11-23T10:00:00.123456789Z"), "2026-11-23T10:00:00.123456Z");
  EXPECT_EQ(shown("2026-11-23T01:30:00+02:00"), "2026-11-22T23:30:00.000000Z");
}

TEST(TimestampText, RefusesWhatIsNoDateTime) {
  for (const auto text : {"", "2026-11-23", "2026-11-23T10:00:00", "2026-13-01T10:00:00Z", "2026-02-29T10:00:00Z",
                          "2026-11-23T24:00:00Z", "2026-11-23T10:60:00Z", "2026-11-23T10:00:00.Z",
                          "2026-11-23T10:00:00Zx", "2026-11-23T10:00:00+2:00", "+026-11-23T10:00:00Z"})
    EXPECT_FALSE(timestamp_from_text(text)) << text;
}

}  // namespace
}  // namespace troupe::codec
