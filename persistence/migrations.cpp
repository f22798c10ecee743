#include "persistence/migrations.hpp"

#include <algorithm>

#include "persistence/short_session.hpp"

namespace troupe::persistence::migrations {

using model::consequence;

namespace {

constexpr std::chrono::milliseconds no_limit{0};  // of one statement: an index takes as long as it takes
constexpr const char* lock = "SELECT pg_advisory_lock(8390881596093965410)";
constexpr const char* unlock = "SELECT pg_advisory_unlock(8390881596093965410)";
constexpr const char* make_table = R"(
  CREATE TABLE IF NOT EXISTS schema_migrations (
    version    integer PRIMARY KEY,
    name       text NOT NULL,
    checksum   text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
  ))";

// How many of them are applied: always the first ones.
std::size_t applied(pqxx::transaction_base& tx, std::span<const migration> known) {
  if (tx.exec("SELECT to_regclass('schema_migrations')").at(0)[0].is_null()) return 0;
  std::size_t count = 0;
  for (const auto& row : tx.exec("SELECT version, name, checksum FROM schema_migrations ORDER BY version")) {
    const auto version = row[0].as<int>();
    if (count == known.size())
      throw refused{{consequence::conflict,
                     "the database is newer than this program: it has " + std::string(row[1].c_str()) +
                         ", which is not known here",
                     {},
                     0}};
    const auto& step = known[count++];
    if (version != step.version)
      throw refused{{consequence::conflict,
                     "the database's list of migrations has a gap before " + std::string(row[1].c_str()),
                     {},
                     0}};
    if (row[2].c_str() != std::string_view(step.checksum))
      throw refused{{consequence::conflict,
                     std::string(step.name) + " was changed after it was applied to this database",
                     {},
                     0}};
  }
  return count;
}

void apply_step(pqxx::connection& connection, const migration& step) {
  try {
    pqxx::work tx(connection);
    tx.exec(step.sql);
    tx.exec_params("INSERT INTO schema_migrations (version, name, checksum) VALUES ($1, $2, $3)", step.version,
                   step.name, step.checksum);
    tx.commit();
  } catch (const pqxx::sql_error& e) {
    throw refused{{consequence::rejected, std::string(step.name) + " failed: " + words_of(e), {}, 0}};
  }
}

}  // namespace

model::outcome<names> pending(const std::string& url, std::span<const migration> known,
                              std::chrono::milliseconds timeout) {
  return with_session(url, timeout, no_limit, [&](pqxx::connection& connection) {
    pqxx::read_transaction tx(connection);
    names out;
    for (const auto& step : known.subspan(applied(tx, known))) out.emplace_back(step.name);
    return out;
  });
}

model::outcome<names> apply(const std::string& url, std::span<const migration> known,
                            std::chrono::milliseconds timeout) {
  return with_session(url, timeout, no_limit, [&](pqxx::connection& connection) {
    std::size_t done = 0;
    {
      pqxx::nontransaction tx(connection);
      tx.exec(lock);
      done = applied(tx, known);
      tx.exec(make_table);
    }
    names out;
    for (const auto& step : known.subspan(done)) {
      apply_step(connection, step);
      out.emplace_back(step.name);
    }
    pqxx::nontransaction(connection).exec(unlock);
    return out;
  });
}

}  // namespace troupe::persistence::migrations
