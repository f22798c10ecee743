// Errors between actors: a handful by consequence, with text. HTTP's status codes derive from them in one place.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "actors/model/failure.hpp"

namespace troupe::model {

enum class consequence {
  retry,        // may succeed if simply tried again
  rejected,     // will fail the same way each time: the request is at fault
  conflict,     // the object is in a state that does not allow it
  not_found,    // no such object, or not this user's
  cancelled,    // somebody asked for it to end
  unavailable,  // a needed part (database, Engine) is down, or a queue is full
  outdated,     // the object is not any more what the request was made for
};

inline constexpr enum_texts<consequence, 7> consequence_texts{
    {"retry", "rejected", "conflict", "not_found", "cancelled", "unavailable", "outdated"}};

struct violation {
  std::string pointer;  // JSON pointer into the request's body, e.g. "/ports/0/host"
  std::string detail;

  bool operator==(const violation&) const = default;
};

struct problem {
  consequence kind{};
  std::string detail;  // fit for a tenant's eyes: no SQL, no path, no library's text
  std::vector<violation> violations;
  int retry_after_seconds = 0;  // 0: say nothing
};

// Why an effect on the outside world did not happen. `retry`, `rejected`, `unavailable` and `cancelled` occur.
struct effect_error {
  consequence kind{};
  failure what;
};

// A value or the reason why there is none.
template <class T, class E = problem>
class outcome {
public:
  outcome() = default;
  outcome(T value) : content_(std::in_place_index<0>, std::move(value)) {}
  outcome(E error) : content_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return content_.index() == 0; }
  explicit operator bool() const { return ok(); }
  const T& value() const { return std::get<0>(content_); }
  T& value() { return std::get<0>(content_); }
  const E& error() const { return std::get<1>(content_); }

private:
  std::variant<T, E> content_;
};

struct done {};

}  // namespace troupe::model
