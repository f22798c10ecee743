// `troupe secrets`: the key that opens what is sealed in the database.
#pragma once

#include <ostream>
#include <string>

#include "config/settings.hpp"
#include "persistence/keyring.hpp"

namespace troupe::commands {

// SECRETS_KEY_FILE, or the file below STATE_DIR where it is not set.
std::string master_key_file(const config::settings& settings);

// The server's; makes the file where nothing is sealed yet and SECRETS_KEY_FILE is not set.
model::outcome<persistence::keyring_ptr> open_keyring(const config::settings& settings);

// A new master key in the place of the one in force. Works beside a running server, which needs no restart.
int rotate_master_key(const config::settings& settings, std::ostream& out, std::ostream& errors);

}  // namespace troupe::commands
