// `troupe migrate`: brings the database's schema up to date, or tells whether it is.
#pragma once

#include <ostream>

#include "config/settings.hpp"

namespace troupe::commands {

// Names each step that was applied. With `check_only` nothing is applied: 1 where steps are pending.
int migrate(const config::settings& settings, bool check_only, std::ostream& out, std::ostream& errors);

}  // namespace troupe::commands
