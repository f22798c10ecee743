// "Board or row", once: a view from the board while it lives, made of its row after.
#pragma once

#include <functional>

#include "actors/desk/clerk.hpp"
#include "actors/desk/operation_view.hpp"
#include "actors/desk/parts.hpp"
#include "actors/desk/service_view.hpp"
#include "actors/desk/subject.hpp"

namespace troupe::desk {

using environment_found = std::function<void(const actors::environment_view_ptr&)>;
using deployment_found = std::function<void(const actors::deployment_view_ptr&)>;
using service_found = std::function<void(const service_view_ptr&)>;
using operation_found = std::function<void(const operation_subject&)>;
using key_found = std::function<void(const model::api_key&)>;
using not_found = std::function<void(refusal)>;

// What is the caller's own and within the key's limit; anything else is not found, at the price of what never was: the
// same questions to the database, so that nobody can tell by the time. One of them is called, once, perhaps before it
// returns.
void find_own(clerk self, const parts& with, const model::caller& who, const subject::environment& what,
              environment_found then, not_found fail);
void find_own(clerk self, const parts& with, const model::caller& who, const subject::deployment& what,
              deployment_found then, not_found fail);
void find_own(clerk self, const parts& with, const model::caller& who, const subject::service& what, service_found then,
              not_found fail);
void find_own(clerk self, const parts& with, const model::caller& who, const subject::operation& what,
              operation_found then, not_found fail);
void find_own(clerk self, const parts& with, const model::caller& who, const subject::key& what, key_found then,
              not_found fail);

// A view of what is not on the board.
actors::deployment_view_ptr view_of(const actors::stored_deployment& stored);

}  // namespace troupe::desk
