// Settings for people: what is in force and where it came from, and the text of .env.example.
#pragma once

#include <string>
#include <vector>

#include "config/settings.hpp"

namespace troupe::config {

struct described_setting {
  std::string name;
  std::string value;  // secrets masked; empty: not set
  std::string default_value;
  std::string source;  // "default", "environment" or "file PATH"
};

// In the table's order.
std::vector<described_setting> describe(const settings& values);

// Every setting with its comment and default, commented out, for Docker's env files and the shell alike.
std::string env_example();

}  // namespace troupe::config
