// What `troupe doctor` finds: one line each.
#pragma once

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

findings examine_database(const config::settings& settings);
findings examine_engine(const config::settings& settings);
findings examine_machine(const config::settings& settings);
findings examine_edge(const config::settings& settings);
findings examine_telegram(const config::settings& settings);
findings examine_unknown_objects(const config::settings& settings);

}  // namespace troupe::commands
