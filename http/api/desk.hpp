// Where a request is let in: by the front from outside, and by routes that hand calls on to other routes.
#pragma once

#include <memory>

#include "http/api/api_state.hpp"
#include "http/api/front_actor.hpp"
#include "http/exchange.hpp"
#include "http/message.hpp"

namespace troupe::http::api {

struct desk {
  std::shared_ptr<api_state> api;
  front_actor actor;  // carries what cannot be answered at once
};

// Any thread, never blocks. What the board and the remembered keys can answer is answered at once.
void let_in(const desk& at, request&& asked, std::shared_ptr<exchange> way);

// The last step before route::relay; its exceptions end this call and nothing else.
void hand_on(const desk& at, const call_ptr& c);

}  // namespace troupe::http::api
