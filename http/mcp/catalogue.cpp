#include "http/mcp/catalogue.hpp"

#include "http/mcp/tool.hpp"

namespace troupe::http::mcp {

catalogue::catalogue(const api::body_schemas& schemas) {
  for (const auto& one : tools()) {
    parts_.push_back(argument_parts(one, schemas));
    texts_.push_back(description_of(one, schemas).dump());
  }
}

const std::vector<argument_part>& catalogue::parts(const tool& t) const {
  return parts_.at(static_cast<std::size_t>(&t - tools().data()));
}

std::string catalogue::listed(model::scope_set scopes) const {
  std::string out = "[";
  for (std::size_t i = 0; i < texts_.size(); ++i)
    if (scopes.covers(tools()[i].scopes())) (out += out.size() > 1 ? "," : "") += texts_[i];
  return out + ']';
}

std::shared_ptr<const catalogue> make_catalogue(const api::body_schemas& schemas) {
  return std::make_shared<const catalogue>(schemas);
}

}  // namespace troupe::http::mcp
