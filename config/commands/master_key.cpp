#include "config/commands/master_key.hpp"

#include <filesystem>

#include "config/commands/short_house.hpp"
#include "persistence/migrations.hpp"

namespace troupe::commands {

std::string master_key_file(const config::settings& settings) {
  if (!settings.secrets_key_file.empty()) return settings.secrets_key_file;
  return std::filesystem::absolute(settings.state_dir) / "secrets.key";
}

model::outcome<persistence::keyring_ptr> open_keyring(const config::settings& settings) {
  return persistence::open_keyring(settings.database_url.reveal(), master_key_file(settings),
                                   settings.secrets_key_file.empty(), settings.database_timeout);
}

int rotate_master_key(const config::settings& settings, std::ostream& out, std::ostream& errors) {
  constexpr std::chrono::minutes patience{5};
  const auto file = master_key_file(settings);
  const auto& url = settings.database_url.reveal();
  const auto pending =
      persistence::migrations::pending(url, persistence::known_migrations(), settings.database_timeout);
  if (!pending) return failed(errors, pending.error());
  if (!pending.value().empty())
    return failed(errors, "the database lacks " + pending.value().front() + ": run `troupe migrate`");
  const auto done = persistence::rotate_master_key(url, file, patience);
  if (!done) return failed(errors, done.error());
  const auto& [former, current, data_keys] = done.value();
  out << "the master key is " << current << " now, in place of " << former << "; keys sealed by it anew: " << data_keys
      << "\nbackups of before need the former key: keep its copy as long as you keep them, and copy " << file
      << " to where it was\n";
  return out.flush() ? 0 : 1;
}

}  // namespace troupe::commands
