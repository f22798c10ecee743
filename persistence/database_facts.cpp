#include "persistence/database_facts.hpp"

#include "persistence/session.hpp"
#include "persistence/sql_problem.hpp"
#include "persistence/watchdog.hpp"

namespace troupe::persistence {

namespace {
constexpr const char* question = R"(
  SELECT current_setting('server_version'), current_setting('server_version_num'), current_setting('server_encoding'),
         (SELECT reset_val FROM pg_settings WHERE name = 'synchronous_commit'),
         current_setting('fsync')::boolean, current_setting('full_page_writes')::boolean,
         pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean,
         current_setting('max_connections')::integer - current_setting('superuser_reserved_connections')::integer
           - (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend')::integer)";
}  // namespace

model::outcome<database_facts> find_database_facts(const std::string& url, std::chrono::milliseconds timeout) {
  const auto guard = std::make_shared<socket_guard>();
  const watchdog deadline(guard, timeout);
  try {
    session s(url, timeout, timeout, guard);
    pqxx::nontransaction tx(s.connection());
    const auto row = tx.exec(question).at(0);
    database_facts facts;
    facts.version = row[0].c_str();
    facts.version.resize(std::min(facts.version.size(), facts.version.find(' ')));
    facts.version_number = row[1].as<int>();
    facts.encoding = row[2].c_str();
    facts.synchronous_commit = row[3].c_str();
    facts.fsync = row[4].as<bool>();
    facts.full_page_writes = row[5].as<bool>();
    facts.read_only = row[6].as<bool>();
    facts.free_connections = row[7].as<int>();
    return facts;
  } catch (const std::exception& e) {
    return model::problem{model::consequence::unavailable, words_of(e), {}, 0};
  }
}

}  // namespace troupe::persistence
