#include "http/api/render.hpp"
#include "http/api/translations.hpp"

namespace troupe::http::api {

void read(question&, desk::list_keys&) {}

response shown(const desk::list_keys&, const std::vector<model::api_key>& keys) {
  auto list = nlohmann::json::array();
  for (const auto& key : keys) list.push_back(render(key));
  return json_response({{"keys", std::move(list)}});
}

void read(question& q, desk::revoke_key& out) {
  out.key_id = q.body.at("keyId");
}

response shown(const desk::revoke_key& what, const model::done&) {
  return json_response({{"keyId", what.key_id}, {"revoked", true}});
}

}  // namespace troupe::http::api
