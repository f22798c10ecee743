// Small things that every event-based actor of the tree needs: going on later, and what operators are shown of it.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
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
  return std::chrono::duration_cast<std::chrono::milliseconds>(
      const_cast<caf::local_actor&>(self).clock().now().time_since_epoch());
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

// Shared by all tries and handlers of one save, so that its rows are held once however long the database takes.
template <class Database, class Save>
struct insistent_save {
  Database database;
  model::duration timeout;
  Save what;
  std::function<void(outcome<model::done>)> then;
  backoff pause;
};

template <class Self, class Database, class Save>
void try_to_save(Self* self, const std::shared_ptr<insistent_save<Database, Save>>& my) {
  const auto again = [=] { after(self, my->pause.next(), [=] { try_to_save(self, my); }); };
  self->request(my->database, my->timeout, my->what)
      .then(
          [=](const outcome<model::done>& saved) {
            if (!saved && (saved.error().kind == model::consequence::unavailable ||
                           saved.error().kind == model::consequence::retry))
              again();
            else
              my->then(saved);
          },
          [=](const caf::error&) { again(); });
}

// Asks the database to save until it is known to be saved or refused: `unavailable` is neither. `then` gets the
// outcome.
template <class Self, class Database, class Save>
void save_for_sure(Self* self, const Database& database, model::duration timeout, Save what,
                   std::function<void(outcome<model::done>)> then) {
  using tries = insistent_save<Database, Save>;
  try_to_save(self, std::make_shared<tries>(tries{database, timeout, std::move(what), std::move(then), {}}));
}

}  // namespace troupe::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::continuation)
