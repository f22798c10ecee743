#include "http/api/json_decode.hpp"
#include "http/mcp/log_text.hpp"
#include "http/mcp/relay.hpp"
#include "http/mcp/tool.hpp"

namespace troupe::http::mcp {

namespace {

using nlohmann::json;

constexpr std::size_t newest_events = 20, log_bytes = 8 * 1024;

std::string sentence(const json& d) {
  const auto status = d.at("status").get<std::string>();
  const auto& error = d.at("error");
  if (error.is_object()) {
    auto out = error.at("code").get<std::string>() + " in " + error.at("phase").get<std::string>() + ": " +
               error.at("message").get<std::string>();
    if (d.at("rolledBackTo").is_string())
      out += " The release before it, " + d.at("rolledBackTo").get<std::string>() + ", serves again.";
    return out;
  }
  if (status != "RUNNING") return "It has not failed: its status is " + status + ".";
  if (d.at("healthReason").is_string()) return "It runs, but not well: " + d.at("healthReason").get<std::string>();
  return "It has not failed: it runs and is well.";
}

std::string advice(const json& d) {
  const auto& error = d.at("error");
  if (!error.is_object())
    return d.at("healthReason").is_string() ? "Read the evidence; the platform tries to heal it by itself."
                                            : "Nothing.";
  auto out = error.at("hint").get<std::string>();
  if (error.at("retryable").get<bool>())
    out += (out.empty() ? "" : " ") + std::string("Deploying the same again may work.");
  return out.empty() ? "Nothing is known that would help; read the evidence." : out;
}

// Gathers one part of the evidence after the other; what cannot be had (LOGS_READ, the Engine) is told as its problem's
// detail.
struct inquiry : std::enable_shared_from_this<inquiry> {
  explicit inquiry(tool_run asked) : run(std::move(asked)) {}

  void begin() {
    ask("getDeployment", "", [self = shared_from_this()](tool_result got) {
      if (!got.ok()) return self->run.done(std::move(got));
      self->deployment = json::parse(got.json).at("deployment");
      self->ask("getEvents", "", [self](tool_result events) { self->heard_events(events); });
    });
  }

private:
  void ask(std::string_view operation, std::string query, std::function<void(tool_result)> then) {
    ask_route(
        run.at, *run.outer,
        {.of = &route_of(operation), .parameter = text_of(run.arguments, "deploymentId"), .query = std::move(query)},
        [then = std::move(then)](response what) { then(result_of(std::move(what))); });
  }
  void heard_events(const tool_result& got) {
    auto& events = evidence["events"] = json::array();
    if (got.ok()) {
      events = json::parse(got.json).at("events");
      if (events.size() > newest_events) events.erase(events.begin(), events.end() - newest_events);
    }
    ask("getLogs", "tail=40", [self = shared_from_this()](tool_result logs) { self->heard_logs(logs); });
  }
  void heard_logs(const tool_result& got) {
    auto& logs = evidence["logs"] = json::array();
    std::size_t left_out = 0;
    if (got.ok()) {
      logs = json::parse(got.json).at("lines");
      left_out = shorten(logs, log_bytes);
    } else {
      evidence["logsMissing"] = json::parse(got.json).at("detail");
    }
    evidence["error"] = deployment.at("error");
    evidence["containers"] = deployment.at("containers");
    const json answer{{"deploymentId", deployment.at("id")},
                      {"status", deployment.at("status")},
                      {"whatHappened", sentence(deployment)},
                      {"evidence", evidence},
                      {"whatToChange", advice(deployment)}};
    auto told = answer;
    told["evidence"].erase("logs");
    run.done({.json = api::encode_json(answer),
              .text = api::encode_json(told) + '\n' + fenced(logs, left_out, run.at.api->parts.random)});
  }

  const tool_run run;
  json deployment, evidence;
};

}  // namespace

void explain_failure(const tool_run& run) {
  std::make_shared<inquiry>(run)->begin();
}

}  // namespace troupe::http::mcp
