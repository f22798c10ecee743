#include "http/api/routes.hpp"
#include "http/mcp/tool.hpp"

namespace troupe::http::mcp {

// One tool for the routes that take no more than the deployment's id.
void control_deployment(const tool_run& run) {
  const auto& schemas = run.outer->api->schemas;
  nlohmann::json asked = nlohmann::json::object();
  if (const auto action = run.arguments.find("action"); action != run.arguments.end()) asked["action"] = *action;
  auto violations = schemas.check(run.what->body, asked);
  if (!violations.empty()) return run.done(result_of(api::wrong_body(std::move(violations)), *run.outer));
  ask_route(run, api::route_of(asked.at("action").get<std::string>() + "Deployment"));
}

}  // namespace troupe::http::mcp
