// What lets a request pass without bcrypt and without a mailbox: keys verified a short while ago.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/model/identity.hpp"

namespace troupe::secrets {

using steady_time = std::chrono::steady_clock::time_point;

// An entry passes while all of these hold:
//  - its bcrypt check is younger than `remembered_for`, and the wall clock has neither reached the key's expiry nor
//  gone back;
//  - its row was seen, neither revoked nor expired, within `confirmed_for`. The identity actor keeps the entries in use
//  confirmed.
// Thread-safe; find() is on the path of every request.
class verified_keys {
public:
  struct options {
    std::size_t capacity = 10'000;  // beyond it the entry unused for longest goes
    std::chrono::milliseconds remembered_for{std::chrono::minutes(5)};
    std::chrono::milliseconds confirmed_for{2'000};
    std::function<steady_time()> clock = [] {
      return std::chrono::steady_clock::now();
    };  // in simulation: the actors' clock
    model::wall_clock wall = [] {
      return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
    };
  };

  explicit verified_keys(options with);
  verified_keys() : verified_keys(options{}) {}
  ~verified_keys();
  verified_keys(const verified_keys&) = delete;
  verified_keys& operator=(const verified_keys&) = delete;

  // ---- for whoever has a request to let in ----

  // The caller, where `presented` (the whole key as it came) passes. Nothing: ask the identity actor.
  std::optional<model::caller> find(std::string_view presented);

  // Calls `ended` at most once, on any thread, as soon as the key is known to be revoked or expired: for answers that
  // go on for long. While the handle is held the key's row is looked at every second. Dropping it drops the callback; a
  // call under way is not waited for.
  [[nodiscard]] std::shared_ptr<void> on_revoked(const std::string& key_id, std::function<void()> ended);

  // ---- for the identity actor ----

  void remember(std::string_view presented, const model::caller& who, std::optional<model::timestamp> expires_at,
                steady_time confirmed_at);
  // Whoever a verified entry belongs to that lacks nothing but a confirmation.
  std::optional<model::caller> find_unconfirmed(std::string_view presented);
  void confirm(const std::string& key_id, steady_time at);
  // Nothing of this key passes from now on, and its on_revoked callbacks are called.
  void forget(const std::string& key_id);
  void clear();

  // Keys held by on_revoked, and at most so many of those used since the last call: whose rows are to be looked at
  // again.
  std::vector<std::string> take_active(std::size_t most);
  // Last uses since the last call.
  std::vector<std::pair<std::string, model::timestamp>> take_uses();

  std::size_t size() const;

private:
  struct entries;
  class watches;

  options options_;
  std::unique_ptr<entries> entries_;
  std::shared_ptr<watches> watches_;
};

}  // namespace troupe::secrets
