// What a release compiles, whatever this build does.
#undef TROUPE_FAILPOINTS
#include <cstdlib>

#include <gtest/gtest.h>

#include "config/failpoint.hpp"

namespace troupe::config {
namespace {

static_assert(noexcept(failpoint("x")));

TEST(FailpointInARelease, DoesNothing) {
  ASSERT_EQ(::setenv("TROUPE_FAILPOINT", "before_save", 1), 0);
  ASSERT_EQ(::setenv("TROUPE_FAILPOINT_ANY", "1", 1), 0);
  failpoint("before_save");
  ASSERT_EQ(::unsetenv("TROUPE_FAILPOINT"), 0);
  ASSERT_EQ(::unsetenv("TROUPE_FAILPOINT_ANY"), 0);
}

}  // namespace
}  // namespace troupe::config
