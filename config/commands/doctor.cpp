#include "config/commands/doctor.hpp"

#include <algorithm>
#include <functional>
#include <iomanip>

#include "config/commands/finding.hpp"
#include "config/log_line.hpp"
#include "config/logging.hpp"

namespace troupe::commands {

namespace {

const char* label(severity level) {
  switch (level) {
    case severity::ok: return "ok  ";
    case severity::warning: return "warn";
    case severity::failure: return "FAIL";
  }
  return "";
}

findings examine_settings(const config::settings& settings) {
  return {{severity::ok, "settings",
           std::to_string(settings.origins.size()) + " set, the rest at their defaults; see `troupe config`"}};
}

}  // namespace

int doctor(const config::settings& settings, const seen_outside& seen, std::ostream& out) {
  bool works = true;
  std::size_t warnings = 0;
  const auto examine_this_engine = [&seen](const config::settings& s) { return examine_engine(s, seen); };
  for (const auto& examine : std::initializer_list<std::function<findings(const config::settings&)>>{
           examine_settings, examine_database, examine_this_engine, examine_unknown_objects, examine_machine,
           examine_edge, examine_telegram}) {
    for (const auto& [level, subject, words, mend] : examine(settings)) {
      works = works && level != severity::failure;
      warnings += level == severity::warning ? 1 : 0;
      const auto text = words + (mend.empty() ? "" : ". Mend: " + mend);
      out << label(level) << "  " << std::left << std::setw(18) << subject << "  " << log::printable(log::redact(text))
          << '\n';
    }
    out.flush();  // the next one may take its time
  }
  out << (works ? "The server can work" : "The server cannot work: mend what FAILs")
      << (warnings == 0 ? "" : "; " + std::to_string(warnings) + (warnings == 1 ? " warning" : " warnings")) << ".\n";
  return out.flush() && works ? 0 : 1;
}

}  // namespace troupe::commands
