// One connection to PostgreSQL. It never comes back by itself: once anything on it failed, drop it and make another.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <pqxx/pqxx>

#include "persistence/socket_guard.hpp"
#include "persistence/statements.hpp"

namespace troupe::persistence {

// libpqxx hands texts on as C strings: one with a NUL would be stored cut off. Nothing was sent.
struct nul_in_text : std::invalid_argument {
  nul_in_text() : std::invalid_argument("a text contains the character NUL") {}
};

using parameter = std::optional<std::string>;  // nothing is NULL

// Runs a statement by name. Throws nul_in_text, or what libpqxx does.
pqxx::result run(pqxx::transaction_base& tx, const statement& what, const std::vector<parameter>& parameters = {});

class session {
public:
  // Connects (at most `connect_timeout`, but at least 2 s: libpq's own minimum) and prepares. `statement_timeout` is
  // the server's own; a deadline that holds against a frozen server needs guard().interrupt().
  session(const std::string& url, std::chrono::milliseconds connect_timeout,
          std::chrono::milliseconds statement_timeout,
          std::shared_ptr<socket_guard> guard = std::make_shared<socket_guard>());
  ~session();
  session(const session&) = delete;
  session& operator=(const session&) = delete;

  pqxx::connection& connection() { return *connection_; }
  const std::shared_ptr<socket_guard>& guard() const { return guard_; }
  // From now on another guard breaks this connection.
  void guard_by(std::shared_ptr<socket_guard> guard);

private:
  std::shared_ptr<socket_guard> guard_;
  std::unique_ptr<pqxx::connection> connection_;
};

}  // namespace troupe::persistence
