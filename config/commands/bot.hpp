// The bot as the settings want it.
#pragma once

#include "config/settings.hpp"
#include "telegram/bot_actor.hpp"

namespace troupe::commands {

inline bool has_bot(const config::settings& s) {
  return !s.telegram_bot_token.empty();
}

// A null handle where no token is set. Told of each publication on the board from now on.
actors::telegram_actor start_bot(caf::actor_system& system, const config::settings& settings,
                                 telegram::bot_parts parts);

}  // namespace troupe::commands
