#include "http/api/json_decode.hpp"
#include "http/api/render.hpp"
#include "http/api/translations.hpp"
#include "http/mcp/log_text.hpp"
#include "http/mcp/plain_text.hpp"
#include "http/mcp/tool.hpp"

namespace troupe::http::mcp {

namespace {

using nlohmann::json;

constexpr std::size_t newest_events = 20, log_bytes = 6 * 1024;
constexpr std::uint32_t newest_lines = 40;

// Why it failed, or else what is wrong with one of its containers now; null: nothing is known.
json trouble_of(const json& d) {
  if (d.at("error").is_object() || d.at("status") == "RUNNING") return d.at("error");
  for (const auto& container : d.at("containers"))
    if (container.at("error").is_object()) return container.at("error");
  return {};
}

std::string sentence(const json& d) {
  const auto status = d.at("status").get<std::string>();
  const auto& error = d.at("error");
  if (error.is_object()) {
    auto out = error.at("code").get<std::string>() + " in " + error.at("phase").get<std::string>() + ": " +
               error.at("message").get<std::string>();
    if (d.at("rolledBackTo").is_string())
      out += " It was rolled back to the release before it, " + d.at("rolledBackTo").get<std::string>() + '.';
    return out;
  }
  if (status == "SUCCEEDED") return "It has not failed: its program ended with exit code 0.";
  if (status != "RUNNING") {
    const auto trouble = trouble_of(d);
    return "It has not failed yet: its status is " + status + "." +
           (trouble.is_object() ? " What is known: " + trouble.at("message").get<std::string>() : "");
  }
  if (d.at("healthReason").is_string()) return "It runs, but not well: " + d.at("healthReason").get<std::string>();
  return "It has not failed: it runs and is well.";
}

std::string advice(const json& d) {
  const auto error = trouble_of(d);
  if (!error.is_object())
    return d.at("healthReason").is_string()
               ? "Read the evidence; what ended is started again as far as its restartPolicy allows."
               : "Nothing.";
  auto out = error.at("hint").get<std::string>();
  if (error.at("retryable").get<bool>())
    out += (out.empty() ? "" : " ") + std::string("Deploying the same again may work.");
  return out.empty() ? "Nothing is known that would help; read the evidence." : out;
}

// Gathers one part of the evidence after the other; what cannot be had (LOGS_READ, the Engine) is told as its problem's
// detail.
struct inquiry : std::enable_shared_from_this<inquiry> {
  explicit inquiry(tool_run asked) : run(std::move(asked)), id(id_of<model::deployment_id>(run, "deploymentId")) {}

  void begin() {
    ask<desk::get_deployment>(
        {id},
        [self = shared_from_this()](const actors::deployment_view_ptr& view) {
          self->deployment = api::render(*view, api::place_of(*self->run.outer->api, view->row.environment));
          make_plain(self->deployment);
          self->ask_for_events();
        },
        [self = shared_from_this()](const desk::refusal& why) { self->run.done(result_of(why, *self->run.outer)); });
  }

private:
  template <desk::command Command, class Then, class Fail>
  void ask(Command what, Then then, Fail fail) {
    ask_desk<Command>(*run.outer, std::move(what), [then, fail](const desk::outcome<typename Command::answer>& got) {
      got ? then(got.value()) : fail(got.error());
    });
  }
  void ask_for_events() {
    ask<desk::list_transitions>(
        {id, 0},
        [self = shared_from_this()](const std::vector<model::transition>& all) {
          self->heard_events(api::timeline_of(all));
        },
        [self = shared_from_this()](const desk::refusal&) { self->heard_events(json::array()); });
  }
  void heard_events(json events) {
    if (events.size() > newest_events) events.erase(events.begin(), events.end() - newest_events);
    make_plain(events);
    evidence["events"] = std::move(events);
    ask<desk::read_logs>(
        {id, newest_lines, {}},
        [self = shared_from_this()](const desk::page<actors::log_line>& found) {
          self->conclude(api::lines_of(found.items));
        },
        [self = shared_from_this()](const desk::refusal& why) {
          self->evidence["logsMissing"] = plain_text(why.detail);
          self->conclude(json::array());
        });
  }
  void conclude(json logs) {
    make_plain(logs);
    evidence["log"] = fence_log(std::move(logs), log_bytes, run.outer->api->parts.behind().random).text;
    evidence["error"] = deployment.at("error");
    evidence["containers"] = deployment.at("containers");
    const json answer{{"deploymentId", deployment.at("id")},
                      {"status", deployment.at("status")},
                      {"whatHappened", sentence(deployment)},
                      {"evidence", evidence},
                      {"whatToChange", advice(deployment)}};
    run.done({.json = api::encode_json(answer)});
  }

  const tool_run run;
  const model::deployment_id id;
  json deployment, evidence;
};

}  // namespace

void explain_failure(const tool_run& run) {
  std::make_shared<inquiry>(run)->begin();
}

}  // namespace troupe::http::mcp
