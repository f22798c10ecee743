#include "persistence/unknown_ids.hpp"

#include "persistence/array_literal.hpp"
#include "persistence/session.hpp"
#include "persistence/sql_problem.hpp"
#include "persistence/watchdog.hpp"

namespace troupe::persistence {

namespace {

constexpr const char* dead_environments =
    "SELECT id FROM unnest($1::text[]) AS id EXCEPT SELECT id FROM environments WHERE status <> 'DELETED'";
constexpr const char* strange_deployments =
    "SELECT shown.id FROM unnest($1::text[]) AS shown (id) WHERE NOT EXISTS (SELECT FROM deployments d WHERE d.id = "
    "shown.id)";

std::set<std::string> those(pqxx::nontransaction& tx, const char* question, const std::set<std::string>& ids) {
  array_literal all;
  for (const auto& id : ids) all.add(id);
  std::set<std::string> out;
  for (const auto& row : tx.exec_params(question, all.text())) out.emplace(row[0].c_str());
  return out;
}

}  // namespace

model::outcome<borne_ids> find_unknown_ids(const std::string& url, const borne_ids& shown,
                                           std::chrono::milliseconds timeout) {
  const auto guard = std::make_shared<socket_guard>();
  const watchdog deadline(guard, timeout);
  try {
    session s(url, timeout, timeout, guard);
    pqxx::nontransaction tx(s.connection());
    return borne_ids{those(tx, dead_environments, shown.environments),
                     those(tx, strange_deployments, shown.deployments)};
  } catch (const std::exception& e) {
    return model::problem{model::consequence::unavailable, words_of(e), {}, 0};
  }
}

}  // namespace troupe::persistence
