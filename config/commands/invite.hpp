// `troupe invite`: whom TELEGRAM_ACCESS=invite lets in, straight to the database. Works beside a running server.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>

#include "config/settings.hpp"

namespace troupe::commands {

struct new_invite {
  std::uint32_t uses = 1;       // so many people
  std::string lifetime = "7d";  // until it expires
};

// The link is the last line on `out`, and nowhere else. Asks Telegram for the bot's name; where it does not answer, the
// last line is what to send to the bot instead.
int create_invite(const config::settings& settings, const new_invite& wanted, std::ostream& out, std::ostream& errors);
// Those that are good or were used, newest first; never a token.
int list_invites(const config::settings& settings, std::ostream& out, std::ostream& errors);
// Who came by it and has no key is out.
int revoke_invite(const config::settings& settings, const std::string& id, std::ostream& out, std::ostream& errors);

std::string wrong_invite_lifetime(const std::string& text);
std::string wrong_invite_id(const std::string& text);

}  // namespace troupe::commands
