// A public domain's life as a pure function, like a deployment's: what happened + what is known -> the row to save,
// then what to do. Its names lead: no order before the name answers here, and never more failed orders in an hour than
// the authority allows.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "actors/model/site.hpp"

namespace troupe::model {

// ---- events
struct site_resumed {};    // loaded, claimed, or the edge is back: go on where the row says
struct site_due {};        // the time of next_try has come
struct domain_answers {};  // it resolves to the edge, whose port 80 gave our token
struct domain_silent {
  std::string why;  // one sentence, fit for its owner
};
struct certificate_issued {
  model::certificate what;
};
enum class order_trouble {
  challenge,
  refused,
  limited,
  unreachable
};  // the first two count as failures at the authority
struct order_failed {
  order_trouble kind{};
  std::string why;
  std::optional<duration> retry_after;  // the authority's own word
};
struct site_served {};  // its file as wanted is in force, TLS and all
struct site_refused {   // nginx does not take its file
  std::string why;
};
struct certificate_lost {};  // the edge does not have what the row says
struct edge_unavailable {
  std::string why;
};
using site_event = std::variant<site_resumed, site_due, domain_answers, domain_silent, certificate_issued, order_failed,
                                site_served, site_refused, certificate_lost, edge_unavailable>;

// ---- effects
struct check_domain {};
struct order_certificate {
  timestamp fresh_until{};  // one that is valid at least so long is not ordered again
};
struct warn_owner {
  std::uint32_t days_left = 0;
};
using site_effect = std::variant<check_domain, order_certificate, warn_owner>;

struct site_decision {
  site next;
  bool save = false;
  std::vector<site_effect> effects;
};

struct site_timings {
  duration first_look{5'000};  // between looks at a name that does not answer yet; grows with the claim's age
  duration last_look{600'000};
  duration first_retry{60'000};  // after a failed order; doubles
  duration last_retry{6 * 3'600'000};
  duration while_unreachable{10'000};  // the authority or the edge is away
  std::size_t failures_per_hour = 4;   // Let's Encrypt's limit is 5 failed validations per name and hour
  duration limited{3'600'000};         // where the authority says no time
};

// `jitter` in [0, 1): where in its window a renewal falls, so that many do not fall together.
site_decision step(const site& now_row, const site_event& event, timestamp now, const site_timings& timings,
                   double jitter);

// Two thirds of its life, and up to a twelfth more.
timestamp renewal_of(const certificate& c, double jitter);

// The next of 21, 7 and 1 days that is due to be told; nothing where none is.
std::optional<std::uint32_t> warning_due(const site& s, timestamp now);

}  // namespace troupe::model
