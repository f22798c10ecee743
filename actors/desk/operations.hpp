// What can be asked of operations, whatever it was that was asked for.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>

#include "actors/desk/answer_to.hpp"
#include "actors/desk/operation_view.hpp"
#include "actors/desk/terms.hpp"

namespace troupe::desk {

struct task;

// Answered when it is over or the time is up, whichever is first; or once it has changed since `seen`.
struct get_operation {
  static constexpr terms on{.name = "get_operation", .needs = model::scope::deployments_read};
  using answer = operation_view_ptr;

  std::optional<model::operation_name> operation;  // none: never found
  std::chrono::milliseconds wait{0};
  std::optional<std::uint64_t> seen{};                         // a view's revision
  std::function<void(std::function<void()> leave)> on_wait{};  // as of get_deployment

  subject::operation about() const { return {operation}; }
};

// What an application has changed goes back to what it was; a release is cancelled. Others are not called back.
struct cancel_operation {
  static constexpr terms on{.name = "cancel_operation", .needs = model::scope::deployments_write, .writes = true};
  using answer = operation_view_ptr;

  std::optional<model::operation_name> operation;

  subject::operation about() const { return {operation}; }
};

void perform(const task& t, const get_operation& what, answer_to<operation_view_ptr> then);
void perform(const task& t, const cancel_operation& what, answer_to<operation_view_ptr> then);

}  // namespace troupe::desk
