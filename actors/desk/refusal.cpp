#include "actors/desk/refusal.hpp"

namespace troupe::desk {

namespace {

static_assert(static_cast<int>(cause::retry) == static_cast<int>(model::consequence::retry));
static_assert(static_cast<int>(cause::outdated) == static_cast<int>(model::consequence::outdated));
constexpr const char* unknown_object = "There is no such object.";

}  // namespace

refusal::refusal(model::problem from)
    : why(cause_of(from.kind)),
      detail(std::move(from.detail)),
      violations(std::move(from.violations)),
      retry_after_seconds(from.retry_after_seconds) {
  if (why == cause::not_found) *this = no_such_object();
}

refusal::refusal(const model::effect_error& from)
    : refusal(model::problem{from.kind == model::consequence::retry ? model::consequence::unavailable : from.kind,
                             from.what.message,
                             {},
                             0}) {}

refusal no_such_object() {
  return {cause::not_found, unknown_object};
}

refusal key_was_used() {
  return {cause::reused, "This Idempotency-Key was used with another request."};
}

refusal our_fault() {
  return {cause::fault, "Something went wrong here. Give the operator the request's id."};
}

refusal part_is_silent() {
  return {cause::unavailable, "A part of the platform does not answer; try again.", 1};
}

}  // namespace troupe::desk
