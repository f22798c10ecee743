// What the server answers before its house is open: while PostgreSQL is away at the start, and while all that lives is
// loaded. Thread-safe.
#pragma once

#include <mutex>
#include <optional>

#include "actors/model/time.hpp"
#include "http/message.hpp"

namespace troupe::commands {

class waiting_answers {
public:
  explicit waiting_answers(model::wall_clock now) : now_(std::move(now)) {}

  void database_is_away();  // repeating it changes nothing
  void database_is_there();

  // 503 whatever is asked; /health says what is waited for, and since when: nobody's key can be known, so nothing else.
  http::response answer(const http::request& asked) const;

private:
  const model::wall_clock now_;
  mutable std::mutex mutex_;
  std::optional<model::timestamp> away_since_;
};

}  // namespace troupe::commands
