// Small things that every event-based actor of the tree needs: going on later, and what operators are shown of it.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <utility>

#include <caf/all.hpp>

#include "actors/interfaces.hpp"

namespace troupe::actors {

// An answer that is owed: given once, now or later, from wherever it becomes known.
template <class T>
class reply {
 public:
  template <class Self>
  explicit reply(Self* self) : promise_(self->template make_response_promise<outcome<T>>()) {}
  void give(outcome<T> answer) const { promise_.deliver(std::move(answer)); }
  // What the handler returns: the answer comes by the promise.
  operator caf::typed_response_promise<outcome<T>>() const { return promise_; }

 private:
  mutable caf::typed_response_promise<outcome<T>> promise_;
};
template <class T>
using owed = caf::typed_response_promise<outcome<T>>;

// Runs in the actor that sent it to itself: how to go on after a while without a blocking thread.
struct continuation {
  std::function<void()> run;
};

template <class Self>
void after(Self* self, model::duration delay, std::function<void()> run) {
  self->delayed_send(self, delay, continuation{std::move(run)});
}

inline std::chrono::milliseconds monotonic(const caf::local_actor& self) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(const_cast<caf::local_actor&>(self).clock().now().time_since_epoch());
}

// Backoff of something that is tried until it works.
class backoff {
 public:
  model::duration next() {
    const auto now = delay_;
    delay_ = std::min(delay_ * 2, model::duration{5'000});
    return now;
  }
  void reset() { delay_ = model::duration{100}; }

 private:
  model::duration delay_{100};
};

// The changing half of an actor_card.
struct activity {
  std::uint64_t handled = 0;
  const char* last = "";
  std::chrono::milliseconds at{0};
  std::string last_error;

  template <class Self>
  void note(Self* self, const char* message) {
    ++handled;
    last = message;
    at = monotonic(*self);
  }
  template <class Self>
  void fill(Self* self, actor_card& card) const {
    card.messages_handled = handled;
    card.last_message = last;
    card.last_message_age_ms = handled == 0 ? 0 : (monotonic(*self) - at).count();
    card.last_error = last_error;
    card.mailbox_depth = self->mailbox().size();
  }
};

// Asks the database to save until it is known to be saved or refused: `unavailable` is neither. `then` gets the outcome.
template <class Self, class Database, class Save>
void save_for_sure(Self* self, const Database& database, model::duration timeout, Save what,
                   std::function<void(outcome<model::done>)> then, backoff pause = {}) {
  auto again = [=]() mutable {
    const auto delay = pause.next();
    after(self, delay, [=] { save_for_sure(self, database, timeout, what, then, pause); });
  };
  self->request(database, timeout, what)
      .then(
          [=](const outcome<model::done>& saved) mutable {
            if (!saved && (saved.error().kind == model::consequence::unavailable || saved.error().kind == model::consequence::retry))
              again();
            else
              then(saved);
          },
          [=](const caf::error&) mutable { again(); });
}

}  // namespace troupe::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::continuation)
