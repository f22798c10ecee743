#include "persistence/user_names.hpp"

#include "persistence/session.hpp"
#include "persistence/sql_problem.hpp"
#include "persistence/watchdog.hpp"

namespace troupe::persistence {

model::outcome<std::map<std::string, std::string>> read_user_names(const std::string& url,
                                                                   std::chrono::milliseconds timeout) {
  const auto guard = std::make_shared<socket_guard>();
  const watchdog deadline(guard, timeout);
  try {
    session s(url, timeout, timeout, guard);
    pqxx::nontransaction tx(s.connection());
    std::map<std::string, std::string> out;
    for (const auto& row : tx.exec("SELECT id, name FROM users")) out.emplace(row[0].c_str(), row[1].c_str());
    return out;
  } catch (const std::exception& e) {
    return model::problem{model::consequence::unavailable, words_of(e), {}, 0};
  }
}

}  // namespace troupe::persistence
