#include "persistence/registry_logins.hpp"

#include <nlohmann/json.hpp>

#include "config/logging.hpp"
#include "persistence/short_session.hpp"

namespace troupe::persistence {

using model::consequence;
using model::problem;
using nlohmann::json;

namespace {

std::string place_of(const std::string& owner, const std::string& registry) {
  return "login of " + owner + " at " + registry;
}

std::string text_of(const model::registry_login& login) {
  return json{{"username", login.username}, {"password", login.password}, {"identityToken", login.identity_token}}
      .dump();
}

model::registry_login login_of(const std::string& registry, const std::string& opened, std::int64_t micros) {
  const auto in = json::parse(opened);
  return {registry, in.at("username").get<std::string>(), in.at("password").get<std::string>(),
          in.at("identityToken").get<std::string>(), model::timestamp{std::chrono::microseconds{micros}}};
}

}  // namespace

namespace queries {

outcome<model::registry_login> answer(tx& t, keyring& keys, const actors::put_registry_login& q) {
  const auto& [owner, login] = q;
  const auto others =
      run(t, statements::other_registry_logins, {owner.text, login.registry}).at(0)[0].as<std::size_t>();
  if (others >= model::most_registry_logins)
    return problem{consequence::conflict,
                   "A user may have logins to " + std::to_string(model::most_registry_logins) +
                       " registries: delete one with DELETE /registries/:registry.",
                   {},
                   0};
  const auto sealed = keys.ensure(t, owner.text).seal(text_of(login), place_of(owner.text, login.registry));
  const auto rows = run(t, statements::put_registry_login, {owner.text, login.registry, sealed});
  auto saved = login;
  saved.updated_at = model::timestamp{std::chrono::microseconds{rows.at(0)[0].as<std::int64_t>()}};
  return saved;
}

outcome<done> answer(tx& t, const actors::delete_registry_login& q) {
  if (run(t, statements::delete_registry_login, {q.owner.text, q.registry}).affected_rows() == 0)
    return problem{consequence::not_found, "there is no such login", {}, 0};
  return done{};
}

}  // namespace queries

model::outcome<registry_book_ptr> load_registry_logins(const std::string& url, const keyring_ptr& keys,
                                                       std::chrono::milliseconds timeout) {
  return with_session(url, timeout, timeout, [&](pqxx::connection& connection) {
    pqxx::read_transaction tx(connection);
    const opener open(tx, keys);
    auto book = std::make_shared<actors::registry_book>();
    for (const auto& row : run(tx, statements::registry_logins)) {
      const std::string owner = row[0].c_str(), registry = row[1].c_str();
      std::optional<std::string> opened;
      try {
        opened = open(row[2].c_str(), place_of(owner, registry));
      } catch (const pqxx::failure&) {
        throw;
      } catch (const std::exception& error) {
        log::error("a registry login does not open",
                   {{"user", owner}, {"registry", registry}, {"detail", error.what()}});
        continue;
      }
      book->put({owner}, login_of(registry, *opened, row[3].as<std::int64_t>()));
    }
    return book;
  });
}

}  // namespace troupe::persistence
