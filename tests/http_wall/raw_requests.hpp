#pragma once
// Requests that two parsers could read differently, and what the wall must say to each.

#include <string>
#include <vector>

namespace troupe::testing {

struct raw_request {
  const char* name;
  std::string bytes;
  int status;             ///< of the wall; the connection ends with it
  bool smuggles = false;  ///< the bytes hold `GET /smuggled` where no request may begin
};

/// Limits they are made for: target 8 KiB, head 32 KiB, 100 headers, body 1 MiB.
std::vector<raw_request> malformed_requests();

}  // namespace troupe::testing
