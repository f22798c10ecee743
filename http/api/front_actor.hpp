// The actors behind the front: a small fixed pool, each of which carries calls through their conversations without
// blocking.
#pragma once

#include <functional>
#include <string>

#include <caf/all.hpp>

#include "actors/conversation.hpp"
#include "http/api/api_state.hpp"
#include "http/api/call.hpp"
#include "http/api/problem_answer.hpp"

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::http::api::call_ptr)

namespace troupe::http::api {

using front_actor = caf::typed_actor<caf::reacts_to<call_ptr>,               // carry it to its answer
                                     caf::reacts_to<actors::continuation>>;  // go on with something of yours

struct front_actor_state {
  std::shared_ptr<api_state> api;
  bool ticking = false;
  int ticks = 0;
};
using front_pointer = front_actor::stateful_pointer<front_actor_state>;

front_actor::behavior_type front_behavior(front_pointer self, std::shared_ptr<api_state> api);

// ---- for handlers: the ways to an answer
// -------------------------------------------------------------------------------

// Whatever is answered under an Idempotency-Key is kept before it is sent.
void reply(front_pointer self, const call_ptr& c, const nlohmann::json& body);  // with the route's status
void refuse(front_pointer self, const call_ptr& c, const refusal& why);

// Runs `work`; an exception of it is logged and answered with 500, so that it ends this call and nothing else.
void guarded(front_pointer self, const call_ptr& c, const std::function<void()>& work);

// Asks an actor and goes on with the value; problems, time-outs and dead actors are answered here.
template <class Handle, class Message, class Then>
void ask(front_pointer self, const call_ptr& c, const Handle& whom, model::duration timeout, Message message,
         Then then) {
  using answer = caf::detail::tl_head_t<caf::response_type_t<typename Handle::signatures, Message>>;
  self->request(whom, timeout, std::move(message))
      .then(
          [self, c, then = std::move(then)](const answer& got) {
            guarded(self, c, [&] {
              if (got.ok())
                then(got.value());
              else
                refuse(self, c, refusal_of(got.error()));
            });
          },
          [self, c](const caf::error&) {
            guarded(self, c, [&] {
              refuse(self, c, {503, "A part of the platform does not answer; try again.", {}, 1});
            });
          });
}

// The caller's own deployment or environment that the path names, from the board or the database; else the one 404.
void with_deployment(front_pointer self, const call_ptr& c,
                     std::function<void(const actors::deployment_view_ptr&)> then);
void with_environment(front_pointer self, const call_ptr& c,
                      std::function<void(const actors::environment_view_ptr&)> then);

refusal no_such_object();

// Whether Content-Type says that the body is JSON; else answers.
bool says_json(call& c);

// Keeps the clock of waiting calls and open streams going as long as there are any.
void keep_time(front_pointer self);

}  // namespace troupe::http::api
