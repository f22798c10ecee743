#include "persistence/sql_problem.hpp"

#include <algorithm>

#include <pqxx/pqxx>

#include "persistence/session.hpp"

namespace troupe::persistence {

using model::consequence;

bool is_rows_fault(const std::exception& error) {
  if (dynamic_cast<const nul_in_text*>(&error) != nullptr) return true;
  const auto* sql = dynamic_cast<const pqxx::sql_error*>(&error);
  if (sql == nullptr) return false;
  // SQLSTATE classes (PostgreSQL manual, appendix A): 22 data exception, 23 integrity constraint violation.
  const auto& state = sql->sqlstate();
  return state.starts_with("22") || state.starts_with("23") || state == "54000";
}

model::problem problem_of(const std::exception& error) {
  if (dynamic_cast<const nul_in_text*>(&error) != nullptr)
    return {consequence::rejected, "a text contains the character NUL", {}, 0};
  const auto* sql = dynamic_cast<const pqxx::sql_error*>(&error);
  if (sql == nullptr || !is_rows_fault(error)) return unreachable();
  if (sql->sqlstate() == "23505") return {consequence::conflict, "there is another one like it already", {}, 0};
  if (sql->sqlstate() == "23503") return {consequence::conflict, "it belongs to something that does not exist", {}, 0};
  return {consequence::rejected, "the database does not take these values", {}, 0};
}

std::string words_of(const std::exception& error) {
  std::string text = error.what();
  // PostgreSQL's DETAIL may show a whole row, and a row holds tenants' environment variables.
  text.resize(std::min(text.size(), text.find("\nDETAIL:")));
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  if (text.starts_with("ERROR:  ")) text.erase(0, 8);
  for (auto& c : text)
    if (c == '\n' || c == '\t') c = ' ';
  return text;
}

model::problem unreachable() {
  return {consequence::unavailable, "the database is not reachable", {}, 2};
}

}  // namespace troupe::persistence
