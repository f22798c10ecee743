// What can be asked of deployments.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "actors/desk/answer_to.hpp"
#include "actors/desk/page.hpp"
#include "actors/desk/terms.hpp"
#include "actors/desk/timeline_sink.hpp"
#include "actors/messages.hpp"
#include "actors/views.hpp"

namespace troupe::desk {

struct create_deployment {
  static constexpr terms on{.name = "create_deployment",
                            .needs = model::scope::deployments_write,
                            .writes = true,
                            .limit = budget::deployments,
                            .plans = planning::deployment};
  using answer = actors::deployment_view_ptr;

  model::environment_id environment;
  model::release_spec spec;

  subject::environment about() const { return {environment}; }
};

// A new deployment of the image and configuration of an earlier release of the same service.
struct roll_back_deployment {
  static constexpr terms on{.name = "roll_back_deployment",
                            .needs = model::scope::deployments_write,
                            .writes = true,
                            .limit = budget::deployments,
                            .plans = planning::deployment};
  using answer = actors::deployment_view_ptr;

  model::deployment_id deployment;
  std::optional<model::deployment_id> to;  // default: the release that ran before it

  subject::deployment about() const { return {deployment}; }
};

namespace detail {
constexpr command_name name_of(model::verb what) {
  switch (what) {
    case model::verb::cancel: return "cancel_deployment";
    case model::verb::stop: return "stop_deployment";
    case model::verb::start: return "start_deployment";
    case model::verb::restart: return "restart_deployment";
    case model::verb::scale: return "scale_deployment";
    case model::verb::remove: return "remove_deployment";
  }
  return "command_deployment";
}
}  // namespace detail

// What starts containers anew is limited like a deployment.
template <model::verb Verb>
struct command_deployment {
  static constexpr terms on{
      .name = detail::name_of(Verb),
      .needs = model::scope::deployments_write,
      .writes = true,
      .limit = Verb == model::verb::start || Verb == model::verb::restart ? budget::deployments : budget::none};
  using answer = actors::deployment_view_ptr;

  model::deployment_id deployment;
  std::uint32_t replicas = 0;  // of scale

  subject::deployment about() const { return {deployment}; }
};
using cancel_deployment = command_deployment<model::verb::cancel>;
using stop_deployment = command_deployment<model::verb::stop>;
using start_deployment = command_deployment<model::verb::start>;
using restart_deployment = command_deployment<model::verb::restart>;
using scale_deployment = command_deployment<model::verb::scale>;
using remove_deployment = command_deployment<model::verb::remove>;

// Answered when the status settles or the time is up, whichever is first.
struct get_deployment {
  static constexpr terms on{.name = "get_deployment", .needs = model::scope::deployments_read};
  using answer = actors::deployment_view_ptr;

  std::variant<model::deployment_id, model::job_id> deployment;
  std::chrono::milliseconds wait{0};
  // Where it comes to waiting: is given what ends the wait without an answer, for a caller that leaves. May be empty.
  std::function<void(std::function<void()> leave)> on_wait{};

  subject::deployment about() const { return {deployment}; }
};

// Newest first. Views of what is final are made of their rows.
struct list_deployments {
  static constexpr terms on{.name = "list_deployments", .needs = model::scope::deployments_read};
  using answer = page<actors::deployment_view_ptr>;

  model::environment_id environment;
  std::optional<std::uint64_t> before_number;  // of the last one seen
  std::uint32_t limit = default_page;
  std::string service{};  // "": of all
  std::optional<model::deployment_status> status{};

  subject::environment about() const { return {environment}; }
};

// The same of all environments that the key opens.
struct list_own_deployments {
  static constexpr terms on{.name = "list_own_deployments", .needs = model::scope::deployments_read};
  using answer = page<actors::deployment_view_ptr>;

  std::optional<model::deployment_id> before{};  // the last one seen
  std::uint32_t limit = default_page;
  std::string service{};
  std::optional<model::deployment_status> status{};
  std::optional<model::environment_id> environment{};  // one that is not to be seen has none

  subject::account about() const { return {}; }
};

// The timeline, from its beginning or after a revision.
struct list_transitions {
  static constexpr terms on{.name = "list_transitions", .needs = model::scope::deployments_read};
  using answer = std::vector<model::transition>;

  model::deployment_id deployment;
  std::uint64_t after_revision = 0;

  subject::deployment about() const { return {deployment}; }
};

struct follow_timeline {
  static constexpr terms on{.name = "follow_timeline", .needs = model::scope::deployments_read};
  using answer = bool;  // false: the timeline is over, and nothing comes after what was seen

  model::deployment_id deployment;
  std::uint64_t after_revision = 0;  // the newest one seen
  // Asked for once the caller may follow and there is something to come; null where the face has no room for one more
  // stream.
  std::function<timeline_sink_ptr()> open;

  subject::deployment about() const { return {deployment}; }
};

// The newest lines that are kept of the deployment's service, in order of time, whether its containers still are or
// not. `more`: there are older ones.
struct read_logs {
  static constexpr terms on{.name = "read_logs", .needs = model::scope::logs_read};
  using answer = page<actors::log_line>;

  model::deployment_id deployment;
  std::uint32_t tail = 100;
  std::optional<model::timestamp> since;
  bool keep_escapes = false;  // a terminal's escape sequences, such as colours
  // Whose lines: the deployment's own; another release's of its service; or all of them.
  struct every_release {};
  std::variant<std::monostate, model::deployment_id, every_release> of{};
  std::optional<model::timestamp> until{};
  std::string contains{};                 // only lines with this text; "": all
  std::optional<std::uint64_t> before{};  // only what was kept before the line of this number
  std::optional<std::uint64_t> after{};   // of follow_logs: the newest line that was seen; what comes behind it

  subject::deployment about() const { return {deployment}; }
};

// Answered once lines may come.
struct follow_logs {
  static constexpr terms on{.name = "follow_logs", .needs = model::scope::logs_read};
  using answer = bool;  // false: the deployment is over, and nothing comes behind what was seen

  read_logs from;
  // Asked for once the caller may follow; null where the face has no room for one more stream.
  std::function<std::shared_ptr<actors::log_sink>()> open;

  subject::deployment about() const { return from.about(); }
};

void perform(const task& t, const create_deployment& what, answer_to<actors::deployment_view_ptr> then);
void perform(const task& t, const roll_back_deployment& what, answer_to<actors::deployment_view_ptr> then);
void order(const task& t, model::command what, answer_to<actors::deployment_view_ptr> then);
template <model::verb Verb>
void perform(const task& t, const command_deployment<Verb>& what, answer_to<actors::deployment_view_ptr> then) {
  order(t, {Verb, what.replicas}, std::move(then));
}
void perform(const task& t, const get_deployment& what, answer_to<actors::deployment_view_ptr> then);
void perform(const task& t, const list_deployments& what, answer_to<page<actors::deployment_view_ptr>> then);
void perform(const task& t, const list_own_deployments& what, answer_to<page<actors::deployment_view_ptr>> then);
void perform(const task& t, const list_transitions& what, answer_to<std::vector<model::transition>> then);
void perform(const task& t, const follow_timeline& what, answer_to<bool> then);
void perform(const task& t, const read_logs& what, answer_to<page<actors::log_line>> then);
void perform(const task& t, const follow_logs& what, answer_to<bool> then);

}  // namespace troupe::desk
