#include "http/mcp/catalogue.hpp"

#include "http/api/routes.hpp"
#include "http/mcp/tool.hpp"

namespace troupe::http::mcp {

namespace {

bool is_open_to(const model::caller& key, const tool& t) {
  const bool limited = !key.environments.empty() && t.twin().plans == api::planning::environment;
  return !limited && key.scopes.covers(t.scopes());
}

}  // namespace

catalogue::catalogue(const api::body_schemas& schemas) {
  for (const auto& one : tools()) {
    parts_.push_back(argument_parts(one, schemas));
    texts_.push_back(description_of(one, schemas).dump());
  }
}

const std::vector<argument_part>& catalogue::parts(const tool& t) const {
  return parts_.at(static_cast<std::size_t>(&t - tools().data()));
}

std::string catalogue::listed(const model::caller& key) const {
  std::string out = "[";
  for (std::size_t i = 0; i < texts_.size(); ++i)
    if (tools()[i].listed && is_open_to(key, tools()[i])) (out += out.size() > 1 ? "," : "") += texts_[i];
  return out + ']';
}

std::shared_ptr<const catalogue> make_catalogue(const api::body_schemas& schemas) {
  return std::make_shared<const catalogue>(schemas);
}

}  // namespace troupe::http::mcp
