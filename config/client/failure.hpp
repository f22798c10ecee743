// How a client's command ends.
#pragma once

#include <stdexcept>
#include <string>

namespace troupe::client {

enum exit_code { done = 0, failed = 1, wrong_usage = 2, refused = 3, unreachable = 4, interrupted = 130 };

// Ends a command: its text is what the caller reads, in one or more lines.
struct failure : std::runtime_error {
  failure(exit_code how, const std::string& why) : std::runtime_error(why), code(how) {}
  exit_code code;
};

}  // namespace troupe::client
