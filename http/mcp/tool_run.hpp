// One call of a tool: arguments in, one result out.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "actors/desk/admission.hpp"
#include "http/api/api_state.hpp"
#include "http/api/carry.hpp"
#include "http/api/question.hpp"

namespace troupe::http::mcp {

struct tool;

struct tool_result {
  int status = 200;       // the route's
  std::string json;       // its answer, or the problem: plain (plain_text.hpp)
  std::string text{};     // what an agent reads instead of the JSON; "": the JSON
  header_list headers{};  // of the route's answer: RateLimit-*, Retry-After, …
  model::job_id job{};    // that the call has made
  std::string note{};     // on what of the arguments was left out of account; "": nothing

  bool ok() const { return status < 300; }
};

struct tool_run {
  const tool* what = nullptr;
  api::call_ptr outer;                    // whose key and request id count
  nlohmann::json arguments;               // made plain and checked by start(): known names, and what fills the path
  std::vector<model::violation> flaws{};  // of what is forbidden in any JSON
  std::function<void(tool_result)> done{};
};

// Where the steps of a call are told, until done() or until nobody listens.
class progress {
public:
  virtual ~progress() = default;
  // Once, before all else; false where there are too many streams. `on_end` is called instead of ending the stream in
  // the middle, where the key was revoked or the house closes; `kept` lives as long as somebody listens.
  virtual bool begin(std::function<void(api::stream_end why)> on_end, std::shared_ptr<void> kept) = 0;
  virtual void step(std::uint64_t number, const std::string& message) = 0;  // strictly rising
};

// Any thread; done() may come before it returns. With `to` null the result comes alone.
void start(tool_run run, std::shared_ptr<progress> to = nullptr);

// What the tool's route is asked, without its body.
api::question_ptr question_of(const tool_run& run);

// A route with the tool's path, query and body, in the order of a request from outside: scope, body, and the rest is
// the desk's.
void ask_route(const tool_run& run, const api::route& r);

// Asks a command of the desk for the caller of the tool. `then` is called on a clerk.
template <desk::command Command>
void ask_desk(const api::call& outer, Command what, desk::answer_to<typename Command::answer> then) {
  outer.api->parts.admission->ask<Command>(api::caller_of(outer), std::move(what), std::move(then));
}

tool_result result_of(response what);
tool_result result_of(const api::refusal& why, const api::call& outer);
tool_result result_of(const desk::refusal& why, const api::call& outer);

// As the route would answer.
response response_of(tool_result got);

// The value of an argument as text, or nothing.
std::string text_of(const nlohmann::json& arguments, std::string_view name);

// An argument that names an object; an empty id where it has no id's form.
template <class Id>
Id id_of(const tool_run& run, std::string_view name) {
  return model::parse_id<Id>(text_of(run.arguments, name)).value_or(Id{});
}

// Puts ids in the place of the names by which the arguments call an environment, a service or a deployment (a
// service's, for its newest one), where the name is unambiguous. What it cannot find stays as it is.
void resolve_names(tool_run run, std::function<void(tool_run)> then);

void get_plain_logs(const tool_run& run);
void list_summaries(const tool_run& run);
void control_deployment(const tool_run& run);
void explain_failure(const tool_run& run);
void wait_with_progress(const tool_run& run, std::shared_ptr<progress> to);

}  // namespace troupe::http::mcp
