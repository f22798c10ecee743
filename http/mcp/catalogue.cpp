#include "http/mcp/catalogue.hpp"

#include "http/mcp/tool.hpp"
#include "http/mcp/tool_schema.hpp"

namespace troupe::http::mcp {

catalogue::catalogue(const api::body_schemas& schemas) {
  for (const auto& one : tools()) texts_.push_back(description_of(one, schemas).dump());
}

std::string catalogue::listed(model::scope_set scopes) const {
  std::string out = "[";
  for (std::size_t i = 0; i < texts_.size(); ++i)
    if (scopes.covers(tools()[i].scopes())) (out += out.size() > 1 ? "," : "") += texts_[i];
  return out + ']';
}

std::shared_ptr<const catalogue> make_catalogue(const api::body_schemas& schemas) { return std::make_shared<const catalogue>(schemas); }

}  // namespace troupe::http::mcp
