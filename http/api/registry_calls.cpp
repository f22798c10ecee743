#include "actors/codec/timestamp_text.hpp"
#include "http/api/translations.hpp"

namespace troupe::http::api {

namespace {

using nlohmann::json;

json render(const model::registry_login& login) {
  return {{"registry", login.registry},
          {"kind", login.identity_token.empty() ? "password" : "identityToken"},
          {"username", login.username.empty() ? json() : json(login.username)},
          {"updatedAt", codec::timestamp_text(login.updated_at)}};
}

// The Engine sends user and password as `user:password`.
void check(question& q, const model::registry_login& login) {
  if (!login.identity_token.empty()) {
    for (const auto* member : {"username", "password"})
      if (q.body.contains(member))
        q.wrong.push_back({std::string("/") + member, "cannot stand beside `identityToken`"});
    return;
  }
  for (const auto* member : {"username", "password"})
    if (!q.body.contains(member))
      q.wrong.push_back({std::string("/") + member, "is required where there is no `identityToken`"});
  if (login.username.find(':') != std::string::npos) q.wrong.push_back({"/username", "cannot have a colon"});
}

}  // namespace

void read(question&, desk::list_registries&) {}

response shown(const desk::list_registries&, const std::vector<model::registry_login>& all) {
  auto list = json::array();
  for (const auto& one : all) list.push_back(render(one));
  return json_response({{"registries", std::move(list)}});
}

void read(question& q, desk::put_registry& out) {
  auto& login = out.login;
  if (auto registry = model::parse_registry(q.id))
    login.registry = std::move(*registry);
  else
    q.values.refuse("registry",
                    "in the path must be a registry's host name, with a port or without, such as ghcr.io, docker.io or "
                    "registry.example.org:5000");
  login.username = q.body.value("username", "");
  login.password = q.body.value("password", "");
  login.identity_token = q.body.value("identityToken", "");
  check(q, login);
}

response shown(const desk::put_registry&, const model::registry_login& saved) {
  return json_response({{"registry", render(saved)}});
}

void read(question& q, desk::delete_registry& out) {
  out.registry = model::parse_registry(q.id).value_or("");
}

response shown(const desk::delete_registry& what, const model::done&) {
  return json_response({{"deleted", what.registry}});
}

}  // namespace troupe::http::api
