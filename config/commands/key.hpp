// `troupe key`: the operator's way to API keys, straight to the database. Works beside a running server.
#pragma once

#include <ostream>
#include <string>

#include "config/settings.hpp"

namespace troupe::commands {

struct new_key {
  std::string name;
  std::string user = "operator";  // handle; made where there is none yet
  std::string scopes;        // "A,B"; empty: all of them for the operator, all but ADMIN for others and with a limit
  std::string expires_in;    // "90d"; empty: never
  std::string environments;  // ids it is limited to, "A,B"; empty: all of the user's
};

// What is wrong with an argument, in words for the command line; empty: nothing.
std::string wrong_name(const std::string& text);
std::string wrong_user(const std::string& text);
std::string wrong_scopes(const std::string& text);
std::string wrong_environments(const std::string& text);
std::string wrong_lifetime(const std::string& text);
std::string wrong_key_id(const std::string& text);

// The key is the last line on `out`, and nowhere else.
int create_key(const config::settings& settings, const new_key& wanted, std::ostream& out, std::ostream& errors);
// Keys of all users that are not revoked; never a secret.
int list_keys(const config::settings& settings, bool as_json, std::ostream& out, std::ostream& errors);
int revoke_key(const config::settings& settings, const std::string& key_id, std::ostream& out, std::ostream& errors);

}  // namespace troupe::commands
