// What a program wrote is shown to who may read its logs, wherever else it is told: the evidence of failures.
#pragma once

#include "actors/desk/page.hpp"
#include "actors/model/identity.hpp"
#include "actors/views.hpp"

namespace troupe::desk {

// Takes it out of an answer to this caller, and says which scope shows it. Other answers hold none.
void hide_evidence(const model::caller& who, actors::deployment_view_ptr& view);
void hide_evidence(const model::caller& who, page<actors::deployment_view_ptr>& views);
template <class Answer>
void hide_evidence(const model::caller&, Answer&) {}

}  // namespace troupe::desk
