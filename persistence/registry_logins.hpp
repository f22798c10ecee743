// The rows of registry logins. What is in them is sealed by the user's data key, and bound to the user and the
// registry.
#pragma once

#include "actors/registry_book.hpp"
#include "persistence/keyring.hpp"
#include "persistence/queries.hpp"

namespace troupe::persistence {

namespace queries {
// Each may be repeated after a commit whose fate is unknown.
outcome<model::registry_login> answer(tx& t, keyring& keys, const actors::put_registry_login& q);
outcome<done> answer(tx& t, const actors::delete_registry_login& q);
}  // namespace queries

using registry_book_ptr = std::shared_ptr<actors::registry_book>;

// For the server, at its start. What does not open is left out, and told in the log: its user has to give it anew.
// Problems: unavailable.
model::outcome<registry_book_ptr> load_registry_logins(const std::string& url, const keyring_ptr& keys,
                                                       std::chrono::milliseconds timeout);

}  // namespace troupe::persistence
