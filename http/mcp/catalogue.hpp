// The tools as they are listed, made once: no text of a tool changes while the server runs.
#pragma once

#include <string>
#include <vector>

#include "actors/model/identity.hpp"
#include "http/api/api_state.hpp"
#include "http/mcp/tool_schema.hpp"

namespace troupe::http::mcp {

class catalogue {
public:
  explicit catalogue(const api::body_schemas& schemas);

  const std::vector<argument_part>& parts(const tool& t) const;

  // The array of those that the key opens, as JSON: by its scopes, and nothing that makes environments where it is
  // limited to some.
  std::string listed(const model::caller& key) const;

private:
  // In the table's order.
  std::vector<std::vector<argument_part>> parts_;
  std::vector<std::string> texts_;
};

}  // namespace troupe::http::mcp
