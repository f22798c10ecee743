// The server and the key that a person has logged in with.
#pragma once

#include <filesystem>
#include <string>

#include "config/client/commands.hpp"

namespace troupe::client {

struct profile {
  std::string url;  // without a slash at its end
  std::string key;
};

// $XDG_CONFIG_HOME/troupe/config.json, else below ~/.config.
std::filesystem::path profile_path(const surroundings& around);

// Throw failure. The file is for its owner alone (0600) and whole or not there.
void save(const surroundings& around, const profile& what);
void forget(const surroundings& around);

// `url` and `key` where not empty, else TROUPE_URL and TROUPE_API_KEY, else the file. The file's key goes to the file's
// URL alone.
profile find_profile(const surroundings& around, const std::string& url = {}, const std::string& key = {});

// Throws failure where they cannot be an address or a key.
profile checked(profile what);

}  // namespace troupe::client
