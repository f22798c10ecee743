// The database's actor, and the identity's where it is wanted, for as long as one command takes.
#pragma once

#include <chrono>
#include <functional>
#include <ostream>

#include "actors/identity.hpp"
#include "config/settings.hpp"

namespace troupe::commands {

struct short_house {
  caf::scoped_actor& self;
  actors::database_actor database;
  std::chrono::milliseconds patience;                      // for any answer
  std::function<actors::identity_actor()> start_identity;  // once

  // Asks and waits: the answer, or `unavailable` where none comes.
  template <class T, class Actor, class Message>
  model::outcome<T> ask(const Actor& actor, Message message) {
    model::outcome<T> out = model::problem{model::consequence::unavailable, "no answer came in time", {}, 0};
    self->request(actor, patience, std::move(message))
        .receive([&](model::outcome<T>& answer) { out = std::move(answer); }, [](const caf::error&) {});
    return out;
  }
};

// Looks that the schema is there, starts the actors, runs `work`, ends them, and the process with `work`'s code: an
// actor system's destructor can wait for ever. Returns 1, with words on `errors`, where the database cannot be used.
int in_short_house(const config::settings& settings, std::ostream& errors,
                   const std::function<int(short_house&)>& work);

// "troupe: …" on one line, without secrets; 1.
int failed(std::ostream& errors, const model::problem& why);
int failed(std::ostream& errors, std::string_view why);

}  // namespace troupe::commands
