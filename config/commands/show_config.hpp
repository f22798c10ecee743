// `troupe config`: every setting, its value in force, its default, where it came from. Secrets masked.
#pragma once

#include <ostream>

#include "config/settings.hpp"

namespace troupe::commands {

enum class config_output { table, json, example };

// JSON: {"settings":[{"name","value","default","source"}]}, null for what is not set. 1 where `out` cannot be written.
int show_config(const config::settings& settings, config_output form, std::ostream& out);

}  // namespace troupe::commands
