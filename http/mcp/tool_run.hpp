// One call of a tool: arguments in, one result out.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "http/api/desk.hpp"

namespace troupe::http::mcp {

class asker;
struct tool;

struct tool_result {
  int status = 200;       // the route's
  std::string json;       // its answer, or the problem: plain (plain_text.hpp)
  std::string text{};     // what an agent reads instead of the JSON; "": the JSON
  header_list headers{};  // of the route's answer: RateLimit-*, Retry-After, …

  bool ok() const { return status < 300; }
};

struct tool_run {
  const tool* what = nullptr;
  api::desk at;
  api::call_ptr outer;       // whose key and request id count
  nlohmann::json arguments;  // checked by start(): known names, and what fills the path
  std::function<void(tool_result)> done{};
};

// Where the steps of a call are told, until done() or until nobody listens.
class progress {
public:
  virtual ~progress() = default;
  virtual void begin(std::function<void()> when_gone) = 0;                  // once, before all else
  virtual void step(std::uint64_t number, const std::string& message) = 0;  // strictly rising
  virtual void beat() = 0;
};

// Any thread; done() may come before it returns. With `to` null the result comes alone.
void start(tool_run run, std::shared_ptr<progress> to = nullptr);

// The one call to the tool's route.
std::shared_ptr<asker> call_twin(const tool_run& run);

tool_result result_of(response what);
tool_result result_of(const api::refusal& why, const api::call& outer);

// As the route would answer.
response response_of(tool_result got);

// The value of an argument as text, or nothing.
std::string text_of(const nlohmann::json& arguments, std::string_view name);

void get_plain_logs(const tool_run& run);
void explain_failure(const tool_run& run);
void wait_with_progress(const tool_run& run, std::shared_ptr<progress> to);

}  // namespace troupe::http::mcp
