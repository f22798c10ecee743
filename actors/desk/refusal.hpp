// Why a command was not done: a problem of its owner's, or one that only the desk has.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "actors/model/problem.hpp"

namespace troupe::desk {

enum class cause {
  retry,        // model::consequence's seven, in its order
  rejected,     //
  conflict,     //
  not_found,    // with one text for what never was, is gone, or is another's
  cancelled,    //
  unavailable,  //
  outdated,     //
  forbidden,    // this caller may not, whatever state the subject is in
  reused,       // the Idempotency-Key was used with another request
  fault,        // ours: an exception
};

constexpr cause cause_of(model::consequence kind) {
  return static_cast<cause>(kind);
}

struct planned_application;  // actors/desk/applications.hpp

struct refusal {
  cause why{};
  std::string detail;  // fit for a tenant's eyes
  std::vector<model::violation> violations{};
  int retry_after_seconds = 0;                        // 0: say nothing
  std::shared_ptr<const planned_application> plan{};  // of what would follow now, in place of the plan that was refused

  refusal() = default;
  refusal(cause kind, std::string text, int retry_after = 0)
      : why(kind), detail(std::move(text)), retry_after_seconds(retry_after) {}
  refusal(model::problem from);
  // What went wrong in the docker room, of which tenants see the message alone.
  refusal(const model::effect_error& from);
};

template <class T>
using outcome = model::outcome<T, refusal>;

refusal no_such_object();
refusal part_is_silent();  // an actor that does not answer
refusal our_fault();
refusal key_was_used();  // an Idempotency-Key, with another request

}  // namespace troupe::desk
