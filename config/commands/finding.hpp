// What `troupe doctor` finds: one line each.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/settings.hpp"

namespace troupe::commands {

enum class severity { ok, warning, failure };  // failure: the server could not work

struct finding {
  severity level{};
  std::string subject;
  std::string words;
  std::string mend = {};  // one sentence; empty where all is well
};
using findings = std::vector<finding>;

// What somebody has looked at who sees more of the machine than this program in its container; absent: nobody has.
struct seen_outside {
  std::optional<bool> isolation, no_new_privileges;
};
// One of `isolation=yes`, `no-new-privileges=no`, …: what is wrong with it; "" where nothing is.
std::string take_seen(const std::string& text, seen_outside& into);

findings examine_database(const config::settings& settings);
findings examine_engine(const config::settings& settings, const seen_outside& seen);
findings examine_machine(const config::settings& settings);
findings examine_edge(const config::settings& settings);
findings examine_telegram(const config::settings& settings);
findings examine_unknown_objects(const config::settings& settings);

}  // namespace troupe::commands
