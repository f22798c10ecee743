#include "persistence/house_claim.hpp"

#include <algorithm>

#include "persistence/sql_problem.hpp"
#include "persistence/watchdog.hpp"

namespace troupe::persistence {

using model::consequence;
using model::problem;

namespace {
const std::string lock_key = "8390881596093965409";  // "troupe" in letters' codes, and a bit
constexpr std::chrono::milliseconds patience{3000};  // with a server that is just ending
}  // namespace

house_claim::house_claim(std::unique_ptr<session> holder, std::uint64_t epoch)
    : session_(std::move(holder)), epoch_(epoch) {
  remember(*session_);
}

void house_claim::remember(session& holder) {
  pqxx::nontransaction tx(holder.connection());
  const auto me = run(tx, statements::this_backend).at(0);
  backend_ = me[0].c_str();
  backend_start_ = me[1].c_str();
}

house_claim::state house_claim::take_again(session& anew) {
  {
    pqxx::work tx(anew.connection());
    const bool locked = run(tx, statements::try_lock, {lock_key}).at(0)[0].as<bool>();
    if (run(tx, statements::read_epoch).at(0)[0].as<std::uint64_t>() != epoch_) return state::lost;
    if (!locked) {
      run(tx, statements::end_backend, {backend_, backend_start_});
      return state::not_yet;
    }
    tx.commit();
  }
  remember(anew);
  return state::held;
}

model::outcome<house_claim_ptr> claim_house(const std::string& url, std::chrono::milliseconds timeout) {
  const auto guard = std::make_shared<socket_guard>();
  const auto wait = std::min(patience, timeout / 2);  // so that it is PostgreSQL who says that the lock is held
  const watchdog deadline(guard, timeout);
  try {
    auto holder = std::make_unique<session>(url, timeout, timeout, guard);
    std::uint64_t epoch = 0;
    {
      pqxx::nontransaction tx(holder->connection());
      tx.exec("SET lock_timeout = " + std::to_string(wait.count()));
      run(tx, statements::wait_for_lock, {lock_key});
      tx.exec("SET lock_timeout = 0");
      epoch = run(tx, statements::take_next_epoch).at(0)[0].as<std::uint64_t>();
    }
    return std::make_shared<house_claim>(std::move(holder), epoch);
  } catch (const pqxx::sql_error& e) {
    if (e.sqlstate() == "55P03") return problem{consequence::conflict, "another troupe serves this database", {}, 0};
    if (e.sqlstate() == "42P01")
      return problem{consequence::rejected, "the database has no schema yet; run `troupe migrate`", {}, 0};
    return problem{consequence::unavailable, "the database cannot be claimed: " + words_of(e), {}, 2};
  } catch (const std::exception& e) {
    return problem{consequence::unavailable, "the database is not reachable: " + words_of(e), {}, 2};
  }
}

}  // namespace troupe::persistence
