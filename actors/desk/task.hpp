// One admitted command on its way to its owner.
#pragma once

#include <functional>
#include <memory>

#include "actors/desk/answer_to.hpp"
#include "actors/desk/clerk.hpp"

namespace troupe::desk {

class admission;
struct parts;
struct visit;

struct task {
  clerk self;
  std::shared_ptr<admission> at;
  std::shared_ptr<visit> of;  // who asks, the subject as it was found, planned ids

  const desk::parts& parts() const;
};

// The owner's answer is the command's.
template <class T, class Handle, class Message>
void pass_on(const task& t, const Handle& owner, model::duration timeout, Message message, answer_to<T> then) {
  ask(
      t.self, owner, timeout, std::move(message), [then](const T& value) { then(value); }, then);
}

}  // namespace troupe::desk
