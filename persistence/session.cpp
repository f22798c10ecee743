#include "persistence/session.hpp"

#include <algorithm>
#include <libpq-fe.h>

namespace troupe::persistence {

namespace {

std::string quoted(std::string_view value) {
  std::string out = "'";
  for (const char c : value) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out += '\'';
}

// The URL's options as libpq reads them, with those that our promises rest on put in.
std::string options_of(const std::string& url, std::chrono::milliseconds connect_timeout) {
  char* complaint = nullptr;
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> parsed(PQconninfoParse(url.c_str(), &complaint),
                                                                            PQconninfoFree);
  const std::unique_ptr<char, decltype(&PQfreemem)> complaint_owner(complaint, PQfreemem);
  // libpq's complaint may quote the URL, and with it the password.
  if (!parsed) throw pqxx::broken_connection("the database URL cannot be read");
  std::string out;
  for (const auto* option = parsed.get(); option->keyword != nullptr; ++option) {
    const std::string_view keyword = option->keyword;
    if (option->val == nullptr || keyword == "connect_timeout" || keyword == "client_encoding") continue;
    out.append(keyword).append("=").append(quoted(option->val)).append(" ");
  }
  const auto seconds =
      std::max<std::chrono::seconds>(std::chrono::ceil<std::chrono::seconds>(connect_timeout), std::chrono::seconds{2});
  return out +
         "client_encoding=UTF8 fallback_application_name=troupe connect_timeout=" + std::to_string(seconds.count());
}

}  // namespace

pqxx::result run(pqxx::transaction_base& tx, const statement& what, const std::vector<parameter>& parameters) {
  std::vector<const char*> texts;
  texts.reserve(parameters.size());
  for (const auto& p : parameters) {
    if (p && p->find('\0') != p->npos) throw nul_in_text();
    texts.push_back(p ? p->c_str() : nullptr);
  }
  return tx.exec_prepared(what.name, pqxx::prepare::make_dynamic_params(texts));
}

session::session(const std::string& url, std::chrono::milliseconds connect_timeout,
                 std::chrono::milliseconds statement_timeout, std::shared_ptr<socket_guard> guard)
    : guard_(std::move(guard)), connection_(std::make_unique<pqxx::connection>(options_of(url, connect_timeout))) {
  guard_->watch(connection_->sock());
  try {
    // Deprecated for its name's sake; without it a lost connection silently becomes another one, without our lock.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    connection_->inhibit_reactivation(true);
#pragma GCC diagnostic pop
    for (const auto* s : statements::all()) connection_->prepare(s->name, s->sql);
    pqxx::nontransaction tx(*connection_);
    run(tx, statements::configure_session, {std::to_string(statement_timeout.count())});
  } catch (...) {
    guard_->forget();
    throw;
  }
}

session::~session() {
  guard_->forget();
}

void session::guard_by(std::shared_ptr<socket_guard> guard) {
  guard_->forget();
  guard_ = std::move(guard);
  guard_->watch(connection_->sock());
}

}  // namespace troupe::persistence
