#include "http/mcp/tool_run.hpp"

#include <algorithm>
#include <map>

#include "http/api/answer.hpp"
#include "http/api/json_decode.hpp"
#include "http/api/routes.hpp"
#include "http/api/translations.hpp"
#include "http/mcp/catalogue.hpp"
#include "http/mcp/log_text.hpp"
#include "http/mcp/plain_text.hpp"
#include "http/mcp/tool.hpp"

namespace troupe::http::mcp {

namespace {

using nlohmann::json;

// What the route cannot say for itself: the names that are no arguments of this tool, and what its path or query is
// made of. All else is the route's to check.
std::vector<model::violation> violations_of(const json& arguments, const std::vector<argument_part>& parts) {
  if (!arguments.is_object()) return {{"", "must be an object"}};
  std::vector<model::violation> out;
  for (const auto& [name, value] : arguments.items()) {
    const auto known =
        std::find_if(parts.begin(), parts.end(), [&name = name](const auto& p) { return p.name == name; });
    if (known == parts.end()) {
      std::string names;
      for (const auto& p : parts) (names += names.empty() ? "" : ", ") += p.name;
      out.push_back({api::pointer_to("", name), "is not a known argument; known are: " + names});
    } else if (known->goes_to != argument_place::body && (value.is_structured() || value.is_null())) {
      out.push_back({api::pointer_to("", name), "must not be a list, an object or null"});
    }
  }
  for (const auto& p : parts)
    if (p.goes_to == argument_place::path || p.goes_to == argument_place::confirm)
      if (text_of(arguments, p.name).empty())
        out.push_back({"/" + p.name, arguments.contains(p.name) ? "must be a text that is not empty" : "is required"});
  return out;
}

std::optional<json> body_of(const tool_run& run) {
  const auto& r = run.what->twin();
  if (r.body.empty()) return std::nullopt;
  auto body = json::object();
  for (const auto& part : run.outer->api->tools->parts(*run.what))
    if (const auto given = run.arguments.find(part.name);
        part.goes_to == argument_place::body && given != run.arguments.end())
      body[part.name] = *given;
  if (r.body_optional && body.empty()) return std::nullopt;
  return body;
}

// The tool's route, in the order of a request from outside: scope, body, and the rest is the desk's.
void ask_twin(const tool_run& run) {
  const auto& outer = *run.outer;
  const auto& r = run.what->twin();
  const auto q = question_of(run);
  if (auto fault = desk::admission::find_scope_fault(*r.on, outer.who)) return run.done(result_of(*fault, outer));
  if (r.now && q->values.empty())
    if (auto text = r.now(outer, r, q->id)) return run.done(result_of(api::json_response(std::move(text))));
  outer.api->parts.admission->post([run, q, &r](desk::clerk self) {
    api::guarded(run.outer, [&] {
      const auto& c = *run.outer;
      if (const auto fault = api::check_body(*c.api, r, body_of(run), q->body)) return run.done(result_of(*fault, c));
      if (const auto* key = c.asked.header("idempotency-key"); key && r.writes())
        q->under = api::claim_of(*key, r, q->id, q->body);
      r.ask(self, q, [run, q](response what) {
        auto got = result_of(std::move(what));
        got.job = q->planned.job;
        run.done(std::move(got));
      });
    });
  });
}

constexpr std::size_t most_bytes = 64 * 1024;  // of a result: what an agent reads at once

// Whatever a tool answers passes here: what programs wrote is fenced, and the whole of it bounded.
tool_result fit(tool_result got, const api::call& outer) {
  if (!got.ok()) return got;
  if (got.json.find(R"("phase":)") != std::string::npos) {
    auto value = json::parse(got.json);
    fence_evidence(value, outer.api->parts.behind().random);
    got.json = api::encode_json(value);
  }
  if (got.json.size() > most_bytes)
    return result_of(
        api::refusal{400,
                     "The answer has " + std::to_string(got.json.size()) + " bytes, and an agent is given " +
                         std::to_string(most_bytes) + " at most: ask for less, such as a smaller `limit`.",
                     {},
                     0},
        outer);
  if (const auto text = api::encode_json(got.text.empty() ? got.json : got.text);
      got.json.size() + text.size() > most_bytes)
    got.text = "It is long, so it stands in structuredContent alone.";
  return got;
}

void ask_if_confirmed(const tool_run& run) {
  run.what->name_of->find(run, [run](const desk::outcome<std::string>& name) {
    if (!name) return run.done(result_of(name.error(), *run.outer));
    if (name.value() != text_of(run.arguments, "confirm"))
      return run.done(result_of(api::refusal{400,
                                             "What is deleted is gone for good, so its name must be given, too.",
                                             {{"/confirm", "must be the name of what is to be deleted"}},
                                             0},
                                *run.outer));
    ask_twin(run);
  });
}

}  // namespace

api::question_ptr question_of(const tool_run& run) {
  auto q = std::make_shared<api::question>();
  q->api = run.outer->api;
  q->of = &run.what->twin();
  q->who = api::caller_of(*run.outer);
  std::map<std::string, std::string, std::less<>> values;
  for (const auto& part : q->api->tools->parts(*run.what)) {
    const auto given = run.arguments.find(part.name);
    const bool there = given != run.arguments.end();
    if (part.goes_to == argument_place::path) q->id = text_of(run.arguments, part.name);
    if (part.goes_to != argument_place::query || (!there && part.preset.empty())) continue;
    values[part.name] = !there               ? std::string(part.preset)
                        : given->is_string() ? given->get<std::string>()
                                             : given->dump();
  }
  q->values = api::query(std::move(values));
  q->on_wait = [c = run.outer](std::function<void()> leave) { c->way->on_gone(std::move(leave)); };
  return q;
}

std::string text_of(const json& arguments, std::string_view name) {
  const auto found = arguments.find(name);
  return found != arguments.end() && found->is_string() ? found->get<std::string>() : std::string();
}

tool_result result_of(response what) {
  tool_result out{.status = what.status,
                  .json = plain_json(what.shared_body ? *what.shared_body : std::move(what.body))};
  for (auto& [name, value] : what.headers)
    if (name == "Retry-After" || name == "WWW-Authenticate" || name == "Idempotency-Replayed" ||
        name.starts_with("RateLimit-"))
      out.headers.emplace_back(name, std::move(value));
  return out;
}

response response_of(tool_result got) {
  response out;
  out.status = got.status;
  out.content_type = got.ok() ? "application/json" : "application/problem+json";
  out.headers = std::move(got.headers);
  out.body = std::move(got.json);
  return out;
}

tool_result result_of(const api::refusal& why, const api::call& outer) {
  return result_of(api::problem_response(why, outer.request_id));
}

tool_result result_of(const desk::refusal& why, const api::call& outer) {
  return result_of(api::refusal_of(why), outer);
}

void start(tool_run run, std::shared_ptr<progress> to) {
  const auto& t = *run.what;
  run.done = [outer = run.outer, done = std::move(run.done)](tool_result got) { done(fit(std::move(got), *outer)); };
  auto violations = violations_of(run.arguments, run.outer->api->tools->parts(t));
  if (!violations.empty())
    return run.done(result_of(
        api::refusal{400, "The arguments break the rules listed in errors.", std::move(violations), 0}, *run.outer));
  if (to && t.run_with_progress) return t.run_with_progress(run, std::move(to));
  if (t.run) return t.run(run);
  if (t.destroys()) return ask_if_confirmed(run);
  ask_twin(run);
}

}  // namespace troupe::http::mcp
