#include "config/commands/migrate.hpp"

#include "config/log_line.hpp"
#include "persistence/migrations.hpp"

namespace troupe::commands {

int migrate(const config::settings& settings, bool check_only, std::ostream& out, std::ostream& errors) {
  namespace migrations = persistence::migrations;
  const auto& url = settings.database_url.reveal();
  const auto known = persistence::known_migrations();
  const auto names = check_only ? migrations::pending(url, known, settings.database_timeout) : migrations::apply(url);
  if (!names) {
    errors << "troupe migrate: " << log::printable(log::redact(names.error().detail)) << '\n';
    return 1;
  }
  for (const auto& name : names.value()) out << (check_only ? "pending " : "applied ") << name << '\n';
  if (names.value().empty()) out << "up to date: " << (known.empty() ? "no migration" : known.back().name) << '\n';
  return out.flush() && (!check_only || names.value().empty()) ? 0 : 1;
}

}  // namespace troupe::commands
