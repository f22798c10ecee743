#include "http/api/routes.hpp"
#include "http/mcp/tool.hpp"

namespace troupe::http::mcp {

// One tool for the routes that take little more than the deployment's id.
void control_deployment(const tool_run& run) {
  const auto& schemas = run.outer->api->schemas;
  nlohmann::json asked = nlohmann::json::object();
  for (const char* name : {"action", "replicas"})
    if (const auto given = run.arguments.find(name); given != run.arguments.end()) asked[name] = *given;
  auto violations = schemas.check(run.what->body, asked);
  if (violations.empty() && asked.contains("replicas") != (asked.at("action") == "scale"))
    violations = {{"/replicas", "is for the action scale, which needs it"}};
  if (!violations.empty()) return run.done(result_of(api::wrong_body(std::move(violations)), *run.outer));
  auto rest = run;
  rest.arguments.erase("action");
  ask_route(rest, api::route_of(asked.at("action").get<std::string>() + "Deployment"));
}

}  // namespace troupe::http::mcp
