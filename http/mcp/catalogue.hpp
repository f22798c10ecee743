// The tools as they are listed, made once: no text of a tool changes while the server runs.
#pragma once

#include <string>
#include <vector>

#include "actors/model/identity.hpp"
#include "http/api/api_state.hpp"

namespace troupe::http::mcp {

class catalogue {
 public:
  explicit catalogue(const api::body_schemas& schemas);

  // The array of those that the scopes open, as JSON.
  std::string listed(model::scope_set scopes) const;

 private:
  std::vector<std::string> texts_;  // in the table's order
};

}  // namespace troupe::http::mcp
