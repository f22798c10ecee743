// PostgreSQL connection URLs as libpq reads them (PostgreSQL manual, 34.1.1.2).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::config {

struct database_url {
  std::string shown;                   // with every password masked
  std::vector<std::string> passwords;  // as written and, where that differs, percent-decoded
};

// Nothing unless it is postgres[ql]://[user[:password]@][host[:port][,…]][/database][?key=value&…] with valid
// percent-encoding.
std::optional<database_url> parse_database_url(std::string_view url);

}  // namespace troupe::config
