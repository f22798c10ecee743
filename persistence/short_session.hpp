// A session for those who use PostgreSQL without the database actor: commands and the start.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "actors/model/problem.hpp"
#include "persistence/session.hpp"
#include "persistence/sql_problem.hpp"
#include "persistence/watchdog.hpp"

namespace troupe::persistence {

// Thrown within `work`: the answer is this problem.
struct refused {
  model::problem why;
};

// What `work` makes of a connection, which is broken once the time is up. `statement_timeout` is the server's own; 0:
// none. Whatever else is thrown is `unavailable`.
template <class Work>
auto with_session(const std::string& url, std::chrono::milliseconds timeout,
                  std::chrono::milliseconds statement_timeout, Work work)
    -> model::outcome<decltype(work(std::declval<pqxx::connection&>()))> {
  const auto guard = std::make_shared<socket_guard>();
  const watchdog deadline(guard, timeout);
  try {
    session s(url, timeout, statement_timeout, guard);
    return work(s.connection());
  } catch (const refused& r) {
    return r.why;
  } catch (const std::exception& e) {
    return model::problem{model::consequence::unavailable, "the database is not reachable: " + words_of(e), {}, 2};
  }
}

}  // namespace troupe::persistence
