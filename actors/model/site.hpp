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

struct site {
  site_id id;
  environment_id environment;  // empty: the platform's own name
  user_id owner;               // likewise
  std::string domain;          // canonical
  bool pinned = false;         // the caller named the service; else it was chosen, and may be chosen anew
  std::string service;         // "": none chosen yet
  std::uint16_t port = 0;      // as the caller named it; 0: the service's only one
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
