#include "config/commands/finding.hpp"
#include "config/commands/master_key.hpp"
#include "persistence/database_facts.hpp"
#include "persistence/migrations.hpp"

namespace troupe::commands {

namespace {

constexpr int tested_version = 150000;
constexpr int fewest_connections = 5;  // writer, claim, readers, and one for a command

void judge(const persistence::database_facts& facts, findings& out) {
  const auto add = [&](severity level, std::string words, std::string mend) {
    out.push_back({level, "PostgreSQL", std::move(words), std::move(mend)});
  };
  if (facts.version_number < tested_version)
    add(severity::warning, "version " + facts.version + " is older than what Troupe is tested with",
        "use PostgreSQL 15 or later");
  if (facts.encoding != "UTF8")
    add(severity::failure, "the database's encoding is " + facts.encoding,
        "create it anew: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0");
  if (facts.read_only)
    add(severity::failure, "it is read-only",
        "point DATABASE_URL at the primary, and leave default_transaction_read_only off");
  if (!facts.fsync || !facts.full_page_writes)
    add(severity::warning,
        std::string(facts.fsync ? "full_page_writes" : "fsync") +
            " is off: a power failure can lose or garble everything",
        "turn it on in postgresql.conf");
  if (facts.synchronous_commit == "off")
    add(severity::warning, "synchronous_commit is off by default (Troupe's own sessions turn it on)",
        "leave it on: ALTER DATABASE … RESET synchronous_commit");
  if (facts.free_connections < fewest_connections)
    add(severity::warning, "only " + std::to_string(facts.free_connections) + " connections are free",
        "raise max_connections");
}

finding examine_master_key(const config::settings& settings) {
  const auto file = master_key_file(settings);
  const auto keys = persistence::open_keyring(settings.database_url.reveal(), file, false, settings.database_timeout);
  if (keys) return {severity::ok, "master key", file + " opens what is sealed in the database"};
  if (keys.error().kind == model::consequence::not_found && settings.secrets_key_file.empty())
    return {severity::ok, "master key", "none yet: " + file + " is made at the first start"};
  return {severity::failure, "master key", keys.error().detail,
          "put the right file in its place; none can be made anew"};
}

}  // namespace

findings examine_database(const config::settings& settings) {
  const auto& url = settings.database_url;
  const auto facts = persistence::find_database_facts(url.reveal(), settings.database_timeout);
  if (!facts)
    return {{severity::failure, "PostgreSQL", "not reachable at " + url.shown() + ": " + facts.error().detail,
             "start it, or set DATABASE_URL"}};
  findings out;
  judge(facts.value(), out);
  if (out.empty())
    out.push_back(
        {severity::ok, "PostgreSQL",
         facts.value().version + " at " + url.shown() + ", synchronous_commit " + facts.value().synchronous_commit});

  const auto pending =
      persistence::migrations::pending(url.reveal(), persistence::known_migrations(), settings.database_timeout);
  if (!pending)
    out.push_back({severity::failure, "migrations", pending.error().detail,
                   "run the program that this database belongs to, or set another DATABASE_URL"});
  else if (pending.value().empty())
    out.insert(out.end(), {{severity::ok, "migrations", "none pending"}, examine_master_key(settings)});
  else
    out.push_back({severity::warning, "migrations",
                   std::to_string(pending.value().size()) + " pending, the first is " + pending.value().front(),
                   "run `troupe migrate`; `troupe serve` does it at its start"});
  return out;
}

}  // namespace troupe::commands
