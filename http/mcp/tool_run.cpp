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

constexpr std::string_view wrong_arguments = "The arguments break the rules listed in errors.";

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

// What models and hosts do to arguments without meaning anything by it is taken back: null and "" for what is optional,
// an object as a text of JSON, members of the host's own. The note tells what was left out.
std::string make_plain_arguments(json& arguments, const std::vector<argument_part>& parts) {
  constexpr std::string_view of_hosts[] = {"toolCallId", "sessionId", "action", "chatInput"};
  if (arguments.is_null()) arguments = json::object();
  if (!arguments.is_object()) return {};
  std::string ignored;
  json out = json::object();
  for (auto& [name, value] : arguments.items()) {
    const auto part =
        std::find_if(parts.begin(), parts.end(), [&name = name](const auto& p) { return p.name == name; });
    if (value.is_null() && part != parts.end()) continue;
    if (part == parts.end() && std::find(std::begin(of_hosts), std::end(of_hosts), name) != std::end(of_hosts)) {
      ignored += (ignored.empty() ? "" : ", ") + name;
      continue;
    }
    if (part != parts.end() && part->goes_to == argument_place::query && value == "") continue;
    if (part != parts.end() && part->structured && value.is_string())
      if (auto inner = api::decode_json(value.get_ref<const std::string&>()); std::holds_alternative<json>(inner))
        value = std::move(std::get<json>(inner));
    out[name] = std::move(value);
  }
  arguments = std::move(out);
  return ignored.empty() ? ignored : "Ignored, as no arguments of this tool: " + ignored + '.';
}

json body_of(const tool_run& run) {
  auto body = json::object();
  for (const auto& part : run.outer->api->tools->parts(*run.what))
    if (const auto given = run.arguments.find(part.name);
        part.goes_to == argument_place::body && given != run.arguments.end())
      body[part.name] = *given;
  return body;
}

// A route tells of a body and a query; a tool has arguments.
void tell_of_arguments(json& problem) {
  for (const auto& of_route : {api::wrong_body({}).detail, api::wrong_query({}).detail})
    if (problem.value("detail", "") == of_route) problem["detail"] = wrong_arguments;
  if (const auto errors = problem.find("errors"); errors != problem.end())
    for (auto& error : *errors)
      if (const auto pointer = error.value("pointer", ""); pointer.starts_with('?'))
        error["pointer"] = '/' + pointer.substr(1);
}

constexpr std::size_t most_bytes = 64 * 1024;  // of a result: what an agent reads at once

// Whatever a tool answers passes here: what programs wrote is fenced, and the whole of it bounded.
tool_result fit(tool_result got, const api::call& outer) {
  if (!got.ok()) {
    if (got.json.size() <= most_bytes) return got;
    auto problem = json::parse(got.json);
    if (problem.erase("plan") > 0)
      problem["detail"] = problem.value("detail", "") + " The new plan is too long to be shown here.";
    got.json = api::encode_json(problem);
    return got;
  }
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
    ask_route(run, run.what->twin());
  });
}

void run_tool(const tool_run& run, std::shared_ptr<progress> to) {
  const auto& t = *run.what;
  if (to && t.run_with_progress) return t.run_with_progress(run, std::move(to));
  if (t.run) return t.run(run);
  if (t.destroys()) return ask_if_confirmed(run);
  ask_route(run, t.twin());
}

}  // namespace

void ask_route(const tool_run& run, const api::route& r) {
  const auto& outer = *run.outer;
  const auto q = question_of(run);
  q->of = &r;
  if (auto fault = desk::admission::find_scope_fault(*r.on, outer.who)) return run.done(result_of(*fault, outer));
  if (r.now && q->values.empty())
    if (auto text = r.now(outer, r, q->id)) return run.done(result_of(api::json_response(std::move(text))));
  outer.api->parts.admission->post([run, q, &r](desk::clerk self) {
    api::guarded(run.outer, [&] {
      const auto& c = *run.outer;
      auto body = r.body.empty() ? std::nullopt : std::optional(body_of(run));
      if (r.body_optional && body && body->empty()) body.reset();
      if (const auto fault = api::check_body(*c.api, r, std::move(body), q->body))
        return run.done(result_of(*fault, c));
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
  if (!out.ok()) {
    auto problem = json::parse(out.json);
    tell_of_arguments(problem);
    out.json = api::encode_json(problem);
  }
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
  const auto& parts = run.outer->api->tools->parts(*run.what);
  run.done = [outer = run.outer, done = std::move(run.done)](tool_result got) { done(fit(std::move(got), *outer)); };
  auto note = make_plain_arguments(run.arguments, parts);
  if (!note.empty())
    run.done = [done = std::move(run.done), note = std::move(note)](tool_result got) {
      got.note = note;
      done(std::move(got));
    };
  auto violations = violations_of(run.arguments, parts);
  violations.insert(violations.begin(), run.flaws.begin(), run.flaws.end());
  if (!violations.empty())
    return run.done(result_of(api::refusal{400, std::string(wrong_arguments), std::move(violations), 0}, *run.outer));
  resolve_names(std::move(run), [to = std::move(to)](const tool_run& known) { run_tool(known, to); });
}

}  // namespace troupe::http::mcp
