#include "http/mcp/tool_run.hpp"

#include <algorithm>

#include "http/api/answer.hpp"
#include "http/api/json_decode.hpp"
#include "http/mcp/catalogue.hpp"
#include "http/mcp/plain_text.hpp"
#include "http/mcp/relay.hpp"
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

inner_request twin_request(const tool_run& run) {
  const auto& t = *run.what;
  inner_request out{.of = &t.twin()};
  auto body = json::object();
  for (const auto& part : run.at.api->tools->parts(t)) {
    const auto given = run.arguments.find(part.name);
    const bool there = given != run.arguments.end();
    switch (part.goes_to) {
      case argument_place::path: out.parameter = text_of(run.arguments, part.name); break;
      case argument_place::query:
        if (there)
          add_to_query(out.query, part.name, given->is_string() ? given->get_ref<const std::string&>() : given->dump());
        else if (!part.preset.empty())
          add_to_query(out.query, part.name, part.preset);
        break;
      case argument_place::body:
        if (there) body[part.name] = *given;
        break;
      case argument_place::confirm: break;
    }
  }
  if (!out.of->body.empty() && !(out.of->body_optional && body.empty())) out.body = api::encode_json(body);
  return out;
}

void call_if_confirmed(const tool_run& run) {
  const inner_request shown{.of = &route_of(run.what->shown_by), .parameter = text_of(run.arguments, run.what->id)};
  ask_route(run.at, *run.outer, shown, [run](response what) {
    if (what.status >= 300) return run.done(result_of(std::move(what)));
    const auto name = json::parse(body_of(what)).at(json::json_pointer(std::string(run.what->name_at)));
    if (name != run.arguments.at("confirm"))
      return run.done(result_of(api::refusal{400,
                                             "What is deleted is gone for good, so its name must be given, too.",
                                             {{"/confirm", "must be the name of what is to be deleted"}},
                                             0},
                                *run.outer));
    call_twin(run);
  });
}

}  // namespace

std::shared_ptr<asker> call_twin(const tool_run& run) {
  return ask_route(run.at, *run.outer, twin_request(run),
                   [done = run.done](response what) { done(result_of(std::move(what))); });
}

std::string text_of(const json& arguments, std::string_view name) {
  const auto found = arguments.find(name);
  return found != arguments.end() && found->is_string() ? found->get<std::string>() : std::string();
}

tool_result result_of(response what) {
  tool_result out{.status = what.status, .json = plain_json(std::string(body_of(what)))};
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

void start(tool_run run, std::shared_ptr<progress> to) {
  const auto& t = *run.what;
  auto violations = violations_of(run.arguments, run.at.api->tools->parts(t));
  if (!violations.empty())
    return run.done(result_of(
        api::refusal{400, "The arguments break the rules listed in errors.", std::move(violations), 0}, *run.outer));
  if (to && t.run_with_progress) return t.run_with_progress(run, std::move(to));
  if (t.run) return t.run(run);
  if (t.destroys()) return call_if_confirmed(run);
  call_twin(run);
}

}  // namespace troupe::http::mcp
