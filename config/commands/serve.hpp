// `troupe serve`: the server, until SIGTERM or SIGINT.
#pragma once

#include "config/settings.hpp"

namespace troupe::commands {

// 0 after an orderly end; 1 where it could not start; 75 (EX_TEMPFAIL) where another engine took the database over.
int serve(const config::settings& settings);

}  // namespace troupe::commands
