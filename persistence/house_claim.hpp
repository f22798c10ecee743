// One engine to a database. The claim is a session's advisory lock, which keeps a second engine out while this one
// lives, and an epoch, by which writes of an engine that lost the lock without noticing are refused.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "actors/model/problem.hpp"
#include "persistence/session.hpp"

namespace troupe::persistence {

class house_claim {
public:
  house_claim(std::unique_ptr<session> holder, std::uint64_t epoch);

  std::uint64_t epoch() const { return epoch_; }

  // The session that holds the lock; once.
  std::unique_ptr<session> take_session() { return std::move(session_); }

  enum class state { held, lost, not_yet };
  // On a new session, after the former one is gone: takes the lock again. lost: another engine has come since.
  // not_yet: the former session's backend still lives (and perhaps commits); it was told to end.
  state take_again(session& anew);

private:
  void remember(session& holder);

  std::unique_ptr<session> session_;
  std::uint64_t epoch_;
  std::string backend_, backend_start_;
};
using house_claim_ptr = std::shared_ptr<house_claim>;

// Problems, fit for an operator: conflict ("another troupe serves this database"), rejected (not migrated),
// unavailable. Waits up to 3 s for the lock, as the backend of an engine that was just killed may need a moment to
// notice.
model::outcome<house_claim_ptr> claim_house(const std::string& url,
                                            std::chrono::milliseconds timeout = std::chrono::seconds{5});

}  // namespace troupe::persistence
