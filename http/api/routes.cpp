#include "http/api/routes.hpp"

#include <algorithm>
#include <vector>

#include "http/api/handlers.hpp"

namespace troupe::http::api {

namespace {

constexpr query_parameter page[] = {
    {"limit", R"({"type":"integer","minimum":1,"maximum":200,"default":50})", "At most so many"},
    {"cursor", R"({"type":"string"})", "The nextCursor of the page before"}};
constexpr query_parameter wait[] = {{"wait", R"({"type":"string","examples":["30s"]})",
                                     "Answer once the status settles or this time is up; at most 60s"}};
constexpr query_parameter logs[] = {
    {"tail", R"({"type":"integer","minimum":1,"maximum":10000,"default":100})",
     "The newest so many lines, of 16 MB at most"},
    {"since", R"({"type":"string","examples":["10m","2026-01-31T12:00:00Z"]})", "An RFC 3339 time, or how long ago"},
    {"follow", R"({"type":"boolean","default":false})", "Stream what comes"},
    {"ansi", R"({"type":"string","enum":["strip","keep"],"default":"strip"})",
     "Whether a terminal's escape sequences, such as colours, are left out"}};

constexpr query_parameter link[] = {{"token", R"({"type":"string"})", "What came with the link"}};

using model::scope;
constexpr auto environments_read = scope::environments_read;
constexpr auto environments_write = scope::environments_write;
constexpr auto deployments_read = scope::deployments_read;
constexpr auto deployments_write = scope::deployments_write;

// Literal segments stand before parameters.
constexpr route table[] = {
    {.method = "GET",
     .path = "/health",
     .who = access::open,
     .operation = "getHealth",
     .summary = "Whether the platform works",
     .answer = "Health",
     .quick = quick_health,
     .handle = get_health},
    {.method = "GET",
     .path = "/openapi.json",
     .who = access::open,
     .operation = "getOpenapi",
     .summary = "This description",
     .quick = get_openapi},
    {.method = "GET",
     .path = "/docs",
     .who = access::open,
     .operation = "getDocs",
     .summary = "This description as a page",
     .quick = get_docs},

    {.method = "GET",
     .path = "/auth/verify",
     .who = access::open,
     .operation = "verifyLink",
     .summary = "Spend a magic link, where Accept names application/json; else a page with a button that does",
     .answer = "NewKey",
     .parameters = link,
     .quick = quick_link,
     .handle = spend_link},
    {.method = "POST",
     .path = "/auth/verify",
     .who = access::open,
     .operation = "spendLink",
     .summary = "Spend a magic link: its key, this once",
     .body = "verify_link",
     .form = true,
     .answer = "NewKey",
     .handle = spend_link},
    {.method = "GET",
     .path = "/auth/keys",
     .who = access::key,
     .operation = "listKeys",
     .summary = "Your keys, without their secrets",
     .answer = "Keys",
     .handle = list_keys},
    {.method = "POST",
     .path = "/auth/revoke",
     .who = access::key,
     .operation = "revokeKey",
     .summary = "Revoke a key: it fails from the next request on",
     .body = "revoke_key",
     .answer = "RevokedKey",
     .handle = revoke_key},

    {.method = "POST",
     .path = "/environments",
     .scope = environments_write,
     .operation = "createEnvironment",
     .summary = "Create an environment: an overlay network of its own",
     .body = "create_environment",
     .status = 201,
     .answer = "OneEnvironment",
     .plans = planning::environment,
     .handle = create_environment},
    {.method = "GET",
     .path = "/environments",
     .scope = environments_read,
     .operation = "listEnvironments",
     .summary = "Your environments, oldest first",
     .answer = "Environments",
     .parameters = page,
     .handle = list_environments},
    {.method = "GET",
     .path = "/environments/:id",
     .scope = environments_read,
     .operation = "getEnvironment",
     .summary = "An environment with its deployments and volumes in short",
     .answer = "OneEnvironment",
     .quick = quick_environment,
     .handle = get_environment},
    {.method = "DELETE",
     .path = "/environments/:id",
     .scope = environments_write,
     .operation = "deleteEnvironment",
     .summary = "Delete an environment with everything in it; 404 once all is gone",
     .status = 202,
     .answer = "OneEnvironment",
     .handle = delete_environment},

    {.method = "POST",
     .path = "/environments/:id/public",
     .scope = environments_write,
     .operation = "publishEnvironment",
     .summary = "Put an environment on the internet under a domain, with HTTPS",
     .body = "publish_environment",
     .status = 202,
     .answer = "PublicDomain",
     .handle = publish_environment},
    {.method = "DELETE",
     .path = "/environments/:id/public",
     .scope = environments_write,
     .operation = "unpublishEnvironment",
     .summary = "Take an environment's domain off the internet; the name is free again",
     .answer = "OneEnvironment",
     .handle = unpublish_environment},

    {.method = "POST",
     .path = "/deployments",
     .scope = deployments_write,
     .operation = "createDeployment",
     .summary = "Deploy a release of a service",
     .body = "create_deployment",
     .status = 202,
     .answer = "AcceptedDeployment",
     .plans = planning::deployment,
     .limited = true,
     .handle = create_deployment},
    {.method = "GET",
     .path = "/deployments/job/:jobId",
     .scope = deployments_read,
     .operation = "getDeploymentByJob",
     .summary = "A deployment, by its job's id",
     .answer = "OneDeployment",
     .parameters = wait,
     .quick = quick_job,
     .handle = get_job},
    {.method = "GET",
     .path = "/deployments/environment/:envId",
     .scope = deployments_read,
     .operation = "listDeployments",
     .summary = "An environment's deployments, newest first",
     .answer = "Deployments",
     .parameters = page,
     .handle = list_deployments},
    {.method = "GET",
     .path = "/deployments/:id",
     .scope = deployments_read,
     .operation = "getDeployment",
     .summary = "A deployment",
     .answer = "OneDeployment",
     .parameters = wait,
     .quick = quick_deployment,
     .handle = get_deployment},
    {.method = "GET",
     .path = "/deployments/:id/logs",
     .scope = scope::logs_read,
     .operation = "getLogs",
     .summary = "What its containers wrote; as text/plain or a stream (text/event-stream) where Accept says so",
     .answer = "Logs",
     .parameters = logs,
     .handle = get_logs},
    {.method = "GET",
     .path = "/deployments/:id/events",
     .scope = deployments_read,
     .operation = "getEvents",
     .summary = "Its timeline; as a stream where Accept says text/event-stream, resumable with Last-Event-ID",
     .answer = "Events",
     .handle = get_events},
    {.method = "POST",
     .path = "/deployments/:id/cancel",
     .scope = deployments_write,
     .operation = "cancelDeployment",
     .summary = "End it before it runs; what ran before stays",
     .status = 202,
     .answer = "AcceptedDeployment",
     .handle = cancel_deployment},
    {.method = "POST",
     .path = "/deployments/:id/stop",
     .scope = deployments_write,
     .operation = "stopDeployment",
     .summary = "Stop its containers, keep its volumes",
     .status = 202,
     .answer = "AcceptedDeployment",
     .handle = stop_deployment},
    {.method = "POST",
     .path = "/deployments/:id/start",
     .scope = deployments_write,
     .operation = "startDeployment",
     .summary = "Start it again after a stop",
     .status = 202,
     .answer = "AcceptedDeployment",
     .handle = start_deployment},
    {.method = "POST",
     .path = "/deployments/:id/restart",
     .scope = deployments_write,
     .operation = "restartDeployment",
     .summary = "Replace its containers",
     .status = 202,
     .answer = "AcceptedDeployment",
     .handle = restart_deployment},
    {.method = "POST",
     .path = "/deployments/:id/rollback",
     .scope = deployments_write,
     .operation = "rollbackDeployment",
     .summary = "Deploy an earlier release's image and configuration as a new deployment",
     .body = "rollback_deployment",
     .body_optional = true,
     .status = 202,
     .answer = "AcceptedDeployment",
     .plans = planning::deployment,
     .handle = rollback_deployment},
    {.method = "POST",
     .path = "/deployments/:id/scale",
     .scope = deployments_write,
     .operation = "scaleDeployment",
     .summary = "Change the number of its containers",
     .body = "scale_deployment",
     .status = 202,
     .answer = "AcceptedDeployment",
     .handle = scale_deployment},
    {.method = "DELETE",
     .path = "/deployments/:id",
     .scope = deployments_write,
     .operation = "deleteDeployment",
     .summary = "Remove it and its service; volumes stay with the environment",
     .status = 202,
     .answer = "AcceptedDeployment",
     .handle = delete_deployment},

    {.method = "POST",
     .path = "/mcp",
     .who = access::key,
     .operation = "postMcp",
     .summary = "MCP: one JSON-RPC message; the tools are other routes under other names",
     .relay = answer_mcp},
    {.method = "GET",
     .path = "/mcp/tools",
     .who = access::key,
     .operation = "listTools",
     .summary = "The tools of MCP that your key's scopes open",
     .answer = "Tools",
     .handle = list_tools},
    {.method = "POST",
     .path = "/mcp/tools/:name",
     .who = access::key,
     .operation = "callTool",
     .summary = "Call a tool of MCP without MCP; the body holds its arguments, the answer is of its outputSchema",
     .relay = call_tool},

    {.method = "POST",
     .path = "/telegram/webhook",
     .who = access::telegram,
     .operation = "receiveTelegramUpdate",
     .summary = "Telegram's alone: an update for the bot",
     .handle = receive_telegram_update},
};

std::string_view next_segment(std::string_view& path) {
  path.remove_prefix(1);
  const auto end = std::min(path.find('/'), path.size());
  const auto segment = path.substr(0, end);
  path.remove_prefix(end);
  return segment;
}

bool fits(std::string_view pattern, std::string_view path, std::array<std::string_view, 2>& parameters) {
  std::size_t count = 0;
  while (!pattern.empty() && !path.empty()) {
    const auto want = next_segment(pattern);
    const auto is = next_segment(path);
    if (want.starts_with(':')) {
      if (is.empty()) return false;
      parameters[count++] = is;
    } else if (want != is) {
      return false;
    }
  }
  return pattern.empty() && path.empty();
}

}  // namespace

std::span<const route> routes() {
  return table;
}

match match_route(std::string_view method, std::string_view path) {
  match out;
  if (path.empty() || path.front() != '/') return out;
  const auto wanted = method == "HEAD" ? "GET" : method;
  std::vector<std::string_view> others;
  for (const auto& one : table) {
    std::array<std::string_view, 2> parameters;
    if (!fits(one.path, path, parameters)) continue;
    if (one.method == wanted) return {&one, parameters, {}};
    others.push_back(one.method);
    if (one.method == "GET") others.push_back("HEAD");
  }
  if (others.empty()) return out;
  others.push_back("OPTIONS");
  for (const auto one : others) (out.allow += out.allow.empty() ? "" : ", ") += one;
  return out;
}

}  // namespace troupe::http::api
