// `troupe doctor`: what the server needs and whether it is there.
#pragma once

#include <ostream>

#include "config/commands/finding.hpp"
#include "config/settings.hpp"

namespace troupe::commands {

// One line a finding: "ok", "warn" or "FAIL", its subject, what is found, and the mend. 1 where the server could not
// work. Changes nothing.
int doctor(const config::settings& settings, const seen_outside& seen, std::ostream& out);

}  // namespace troupe::commands
