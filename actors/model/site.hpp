// A public domain and the environment that answers for it: the row that is saved before anything is done about it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "actors/model/enum_text.hpp"
#include "actors/model/ids.hpp"
#include "actors/model/time.hpp"

namespace troupe::model {

//                answers with our token      served over TLS       two thirds of its life
//   claim ──> PENDING_DNS ─────────────> ISSUING ───────────> ACTIVE <──────────────> RENEWING
//                ^    │ not yet                │ refused          (a failing renewal keeps serving)
//                └────┴──── FAILED, LIMITED <──┘
//                  at the time of the next try
enum class site_status { pending_dns, issuing, active, renewing, limited, failed };
inline constexpr enum_texts<site_status, 6> site_status_texts{
    {"PENDING_DNS", "ISSUING", "ACTIVE", "RENEWING", "LIMITED", "FAILED"}};

// The certificate that is in force, as the edge keeps it.
struct certificate {
  timestamp not_before{};
  timestamp not_after{};

  bool operator==(const certificate&) const = default;
};

// What a browser may show a page of the site within.
enum class frame_policy { same_origin, deny, any };
inline constexpr enum_texts<frame_policy, 3> frame_policy_texts{{"SAMEORIGIN", "DENY", "ANY"}};

// As a domain's owner asks for it; an application's own word on a header counts before it.
struct site_settings {
  std::uint32_t max_body_mb = 100;      // of a request
  std::uint32_t timeout_seconds = 900;  // between two bytes of the application's answer
  bool strict_transport_security = true;
  frame_policy frames = frame_policy::same_origin;
  bool underscores_in_headers = false;  // header names with `_` reach the application; else they are left out
  std::string redirect_to;              // canonical: a name to which all requests are sent; "": none

  bool operator==(const site_settings&) const = default;
};

// A path of the domain that another service answers for, with all that is below it.
struct site_path {
  std::string path;  // "/api": that very path, and what begins with "/api/"
  std::string service;
  std::uint16_t port = 0;  // as the caller named it; 0: the service's only one
  std::uint16_t chosen_port = 0;

  bool operator==(const site_path&) const = default;
};

struct site {
  site_id id;
  environment_id environment;     // empty: the platform's own name
  user_id owner;                  // likewise
  std::string domain;             // canonical
  bool pinned = false;            // the caller named the service; else it was chosen, and may be chosen anew
  std::string service;            // "": none chosen yet
  std::uint16_t port = 0;         // as the caller named it; 0: the service's only one
  std::uint16_t chosen_port = 0;  // that answers; kept where a release gives the service a second one. 0: none yet
  std::vector<site_path> paths;   // the longest that fits answers, before `service`
  site_settings settings;
  site_status status = site_status::pending_dns;
  std::string detail;  // one sentence, fit for its owner
  std::optional<model::certificate> certificate;
  std::vector<timestamp> failures;    // orders that failed at the authority, within the last hour
  std::optional<timestamp> next_try;  // when something is done next by itself
  std::uint32_t warned_days = 0;      // the owner was last told with so many days left; 0: not of this certificate
  std::uint64_t revision = 1;
  timestamp created_at{};
  timestamp updated_at{};

  bool operator==(const site&) const = default;
};

// Nobody else may claim a name that answered for its environment once.
inline bool is_proved(const site& s) {
  return s.certificate.has_value();
}
inline bool is_platform(const site& s) {
  return s.environment.empty();
}

}  // namespace troupe::model
