// What an operator wants to know of PostgreSQL before it is relied on.
#pragma once

#include <chrono>
#include <string>

#include "actors/model/problem.hpp"

namespace troupe::persistence {

struct database_facts {
  std::string version;             // "15.14"
  int version_number = 0;          // 150014
  std::string encoding;            // of the database: "UTF8"
  std::string synchronous_commit;  // as this role and database have it by default; our sessions turn "off" on
  bool fsync = true;
  bool full_page_writes = true;
  bool read_only = false;  // a standby, or default_transaction_read_only
  int free_connections = 0;
};

// unavailable, fit for an operator.
model::outcome<database_facts> find_database_facts(const std::string& url, std::chrono::milliseconds timeout);

}  // namespace troupe::persistence
