// Named places where a test can stop the process for good. Nothing at all unless TROUPE_FAILPOINTS is defined; then, by
// environment:
//
//   TROUPE_FAILPOINT=name[:N][:action]   at the Nth hit of this name (default 1): kill9 (default), sleep:MILLISECONDS
//   or throw TROUPE_FAILPOINT_ANY=N               SIGKILL at the Nth hit of any name TROUPE_FAILPOINT_LOG=FILE appends
//   each name that is hit, one a line, before anything else happens
//
// They are read at the first hit; one that cannot be understood ends the process with 78, lest a test pass for nothing.
#pragma once

#include <stdexcept>
#include <string_view>

namespace troupe::config {

struct failpoint_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

#ifdef TROUPE_FAILPOINTS
void failpoint(std::string_view name);  // throws failpoint_error where told so
#else
inline void failpoint(std::string_view) noexcept {}
#endif

}  // namespace troupe::config
