// The desk's own actors: a small fixed pool, each of which carries commands through their conversations without
// blocking.
#pragma once

#include <exception>
#include <functional>
#include <utility>

#include <caf/all.hpp>

#include "actors/desk/refusal.hpp"
#include "actors/interfaces.hpp"
#include "config/logging.hpp"

namespace troupe::desk {

struct errand;
using clerk_actor = caf::typed_actor<caf::reacts_to<errand>>;
using clerk = clerk_actor::pointer;

// Something to be done by a clerk. An exception of it is logged and ends nothing else.
struct errand {
  std::function<void(clerk)> run;
};

}  // namespace troupe::desk

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::desk::errand)

namespace troupe::desk {

clerk_actor spawn_clerk(caf::actor_system& system);

// Runs `work`; an exception of it is logged, and `fail` told of a fault.
template <class Work, class Fail>
void guarded(const Work& work, const Fail& fail) {
  try {
    work();
  } catch (const std::exception& error) {
    log::error("a command failed", {{"error", error.what()}});
    fail(our_fault());
  }
}

// Asks an actor: then(value), or fail(refusal) for problems, time-outs and dead actors.
template <class Handle, class Message, class Then, class Fail>
void ask(clerk self, const Handle& whom, model::duration timeout, Message message, Then then, Fail fail) {
  using answer = caf::detail::tl_head_t<caf::response_type_t<typename Handle::signatures, Message>>;
  self->request(whom, timeout, std::move(message))
      .then(
          [then = std::move(then), fail](const answer& got) {
            if (!got.ok()) return fail(refusal(got.error()));
            guarded([&] { then(got.value()); }, fail);
          },
          [fail](const caf::error&) { fail(part_is_silent()); });
}

}  // namespace troupe::desk
