#include "http/api/handlers.hpp"
#include "http/api/render.hpp"

namespace troupe::http::api {

void list_keys(front_pointer self, const call_ptr& c) {
  auto& parts = self->state.api->parts;
  ask(self, c, parts.database, parts.database_timeout, actors::list_keys{c->who.user},
      [self, c](const std::vector<model::api_key>& keys) {
        auto list = nlohmann::json::array();
        for (const auto& key : keys) list.push_back(render(key));
        reply(self, c, {{"keys", std::move(list)}});
      });
}

void revoke_key(front_pointer self, const call_ptr& c) {
  auto& parts = self->state.api->parts;
  auto key_id = c->body.at("keyId").get<std::string>();
  ask(self, c, parts.identity, parts.identity_timeout, actors::revoke_key{c->who.user, key_id},
      [self, c, key_id](const model::done&) {
        reply(self, c, {{"keyId", key_id}, {"revoked", true}});
      });
}

}  // namespace troupe::http::api
