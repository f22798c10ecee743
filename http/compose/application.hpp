// An application as a Compose file describes it: its services as bodies of POST /deployments, and who waits for whom.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace troupe::http::compose {

// In the file's text; both from 1, the column in bytes.
struct place {
  std::uint32_t line = 1;
  std::uint32_t column = 1;

  auto operator<=>(const place&) const = default;
};

struct finding {
  place at;
  std::string key;     // "services.web.ports[0]"; "" for the file as a whole
  std::string detail;  // why, and what to write instead: completes "the key …"

  bool operator==(const finding&) const = default;
};

// service_started, service_healthy, service_completed_successfully.
enum class condition { started, healthy, completed };

struct dependency {
  std::string service;  // a name among the application's services
  condition until = condition::started;
  bool required = true;

  bool operator==(const dependency&) const = default;
};

struct service {
  std::string name;               // a DNS label of at most 40 characters, and `name` of its body
  nlohmann::json body;            // of POST /deployments without environmentId: what the file says, no defaults. A
                                  // variable is null where it is to keep the value that the service has
  std::vector<dependency> after;  // at most one for each service; there is no way round
  std::map<std::string, place> places;  // JSON pointer in `body` -> where the file says it
};

struct application {
  std::string name;               // the file's `name`, as it stands there; "" without one
  std::vector<service> services;  // in the file's order
  std::vector<finding> ignored;   // what has no effect here, and why
};

// Of the longest part of `pointer` (RFC 6901) that is known, at last of the service itself: for what a later check
// finds wrong with the body.
place place_of(const service& one, std::string_view pointer);

}  // namespace troupe::http::compose
