#include "http/api/routes.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <vector>

#include "http/api/answer.hpp"
#include "http/api/ask.hpp"
#include "http/api/carry.hpp"
#include "http/api/handlers.hpp"
#include "http/api/render.hpp"

namespace troupe::http::api {

namespace {

constexpr query_parameter page[] = {
    {"limit", R"({"type":"integer","minimum":1,"maximum":200,"default":50})", "At most so many"},
    {"cursor", R"({"type":"string"})", "The nextCursor of the page before"}};
constexpr std::string_view any_status =
    R"({"type":"string","enum":["PENDING","PULLING_IMAGE","CREATING_VOLUMES","STARTING_CONTAINERS","RUNNING",)"
    R"("SUCCEEDED","FAILED","CANCELLED","SUPERSEDED","STOPPED","REMOVING","REMOVED"]})";
constexpr query_parameter status_filter{"status", any_status, "Only those with this status"};
constexpr query_parameter service_filter{"service", R"({"type":"string"})", "Only those of this service, by its name"};
constexpr query_parameter filtered_page[] = {page[0], page[1], status_filter, service_filter};
constexpr query_parameter own_page[] = {
    page[0],
    page[1],
    status_filter,
    service_filter,
    {"environment", R"({"type":"string"})", "Only those of this environment, by its id"}};
constexpr query_parameter wait[] = {{"wait", R"({"type":"string","examples":["30s"]})",
                                     "Answer once the status settles or this time is up; at most 60s"}};
constexpr query_parameter logs[] = {
    {"tail", R"({"type":"integer","minimum":1,"maximum":10000,"default":100})", "The newest lines, 16 MB at most"},
    {"since", R"({"type":"string","examples":["10m"]})", "An RFC 3339 time, or how long ago"},
    {"until", R"({"type":"string","examples":["5m"]})", "Likewise"},
    {"contains", R"({"type":"string"})", "Only lines with this text"},
    {"deployment", R"({"type":"string"})", "Another release's id, or all"},
    {"cursor", R"({"type":"string"})", "The nextCursor of an answer: the lines before"},
    {"follow", R"({"type":"boolean","default":false})", "Stream what comes"},
    {"ansi", R"({"type":"string","enum":["strip","keep"],"default":"strip"})",
     "Whether a terminal's escape sequences, such as colours, are left out"}};

constexpr query_parameter confirm[] = {
    {"confirm", R"({"type":"string"})", "The volume's name once more: its data are lost for good"}};
constexpr query_parameter dry_run[] = {{"dryRun", R"({"type":"boolean","default":false})",
                                        "Only answer what would be done, as a plan; nothing is touched"}};
constexpr query_parameter application_options[] = {
    {"prune", R"({"type":"boolean"})", "As in the body"},
    {"onFailure", R"({"type":"string","enum":["rollback","keep"]})", "As in the body"},
    {"plan", R"({"type":"string"})", "As in the body"}};
constexpr query_parameter application_query[] = {dry_run[0], application_options[0], application_options[1],
                                                 application_options[2]};
constexpr query_parameter operation_wait[] = {
    {"wait", R"({"type":"string","examples":["30s"]})", "Answer once it is over or this time is up; at most 60s"}};
constexpr query_parameter link[] = {{"token", R"({"type":"string"})", "What came with the link"}};

// What stands on the board is answered at once.
template <class Command>
concept on_board = requires(const desk::admission& at, const model::caller& key, const Command& what) {
  at.find_on_board(key, what);
};

std::shared_ptr<const std::string> answer_at(const api_state&, const actors::environment_view& view) {
  return answer_of(view);
}
std::shared_ptr<const std::string> answer_at(const api_state& api, const actors::deployment_view& view) {
  return answer_of(view, place_of(api, view.row.environment));
}

template <on_board Command>
std::shared_ptr<const std::string> answer_now(const call& c, const route& r, std::string_view id) {
  Command what;
  read_id(r, id, what);
  const auto view = c.api->parts.admission->find_now(c.who, what, [&c] { return caller_of(c); });
  return view ? answer_at(*c.api, *view) : nullptr;
}

}  // namespace

template <desk::command Command>
constexpr route route::to(route_text text, handler instead) {
  route out{text, Command::on.needs.scope() ? access::scope : access::key, Command::on, nullptr, instead, nullptr};
  out.ask = ask_desk<Command>;
  if constexpr (on_board<Command>) out.now = answer_now<Command>;
  return out;
}

namespace {

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
         c == '~' || c == '.';
}

std::optional<char> decoded(std::string_view escape) {
  unsigned value = 0;
  if (escape.size() != 3) return std::nullopt;
  const auto [end, error] = std::from_chars(escape.data() + 1, escape.data() + 3, value, 16);
  const auto c = static_cast<char>(value);
  return error == std::errc{} && end == escape.data() + 3 && is_unreserved(c) ? std::optional(c) : std::nullopt;
}

// Literal segments stand before parameters.
constexpr route table[] = {
    route::open({.method = "GET",
                 .path = "/",
                 .operation = "getEntrance",
                 .summary = "Where to go from here; leads a browser to /docs",
                 .answer = "Links"},
                get_entrance),
    route::open({.method = "GET",
                 .path = "/health",
                 .operation = "getHealth",
                 .summary = "Whether the platform works; with a key, which part does not; with ADMIN, all of it",
                 .answer = "Health"},
                quick_health, get_health),
    route::open({.method = "GET", .path = "/openapi.json", .operation = "getOpenapi", .summary = "This description"},
                get_openapi),
    route::open({.method = "GET", .path = "/docs", .operation = "getDocs", .summary = "This description as a page"},
                get_docs),

    route::open(
        {.method = "GET",
         .path = "/auth/verify",
         .operation = "verifyLink",
         .summary = "Spend a magic link, where Accept names application/json; else a page with a button that does",
         .answer = "NewKey",
         .parameters = link},
        quick_link, spend_link),
    route::open({.method = "POST",
                 .path = "/auth/verify",
                 .operation = "spendLink",
                 .summary = "Spend a magic link: its key, this once",
                 .body = "verify_link",
                 .form = true,
                 .answer = "NewKey"},
                nullptr, spend_link),
    route::to<desk::get_account>({.method = "GET",
                                  .path = "/auth/me",
                                  .operation = "getAccount",
                                  .summary = "Who you are by your key, and what is used of your limits",
                                  .answer = "OneAccount"}),
    route::to<desk::list_keys>({.method = "GET",
                                .path = "/auth/keys",
                                .operation = "listKeys",
                                .summary = "Your keys, without their secrets",
                                .answer = "Keys"}),
    route::to<desk::revoke_key>({.method = "POST",
                                 .path = "/auth/revoke",
                                 .operation = "revokeKey",
                                 .summary = "Revoke a key: it fails from the next request on",
                                 .body = "revoke_key",
                                 .answer = "RevokedKey"}),

    route::to<desk::list_registries>({.method = "GET",
                                      .path = "/registries",
                                      .operation = "listRegistries",
                                      .summary = "The registries to which you have given a login, without its secrets",
                                      .answer = "Registries"}),
    route::to<desk::put_registry>(
        {.method = "PUT",
         .path = "/registries/:registry",
         .operation = "putRegistry",
         .summary = "Give a login to a registry: your images are pulled with it, from all your environments. The "
                    "registry is asked at once whether it takes it",
         .body = "put_registry",
         .answer = "OneRegistry"}),
    route::to<desk::delete_registry>({.method = "DELETE",
                                      .path = "/registries/:registry",
                                      .operation = "deleteRegistry",
                                      .summary = "Take a login back; what was pulled with it goes on",
                                      .answer = "DeletedRegistry"}),

    route::to<desk::create_environment>({.method = "POST",
                                         .path = "/environments",
                                         .operation = "createEnvironment",
                                         .summary = "Create an environment: an overlay network of its own",
                                         .body = "create_environment",
                                         .status = 201,
                                         .answer = "EnvironmentUnderWay"}),
    route::to<desk::list_environments>({.method = "GET",
                                        .path = "/environments",
                                        .operation = "listEnvironments",
                                        .summary = "Your environments, oldest first",
                                        .answer = "Environments",
                                        .parameters = page}),
    route::to<desk::get_environment>({.method = "GET",
                                      .path = "/environments/:id",
                                      .operation = "getEnvironment",
                                      .summary = "An environment with its deployments and volumes in short",
                                      .answer = "OneEnvironment"}),
    route::to<desk::delete_environment>({.method = "DELETE",
                                         .path = "/environments/:id",
                                         .operation = "deleteEnvironment",
                                         .summary = "Delete an environment with everything in it; 404 once all is gone",
                                         .status = 202,
                                         .answer = "EnvironmentUnderWay"}),

    route::to<desk::list_services>({.method = "GET",
                                    .path = "/environments/:id/services",
                                    .operation = "listServices",
                                    .summary = "An environment's services, by name",
                                    .answer = "Services",
                                    .parameters = page}),
    route::to<desk::get_service>({.method = "GET",
                                  .path = "/services/:id",
                                  .operation = "getService",
                                  .summary = "A service: what serves, what waits, its spec, its newest releases",
                                  .detail = "The ETag is the number of `latest`, for If-Match of PATCH.",
                                  .answer = "OneService"}),
    route::to<desk::update_service>(
        {.method = "PATCH",
         .path = "/services/:id",
         .operation = "updateService",
         .summary = "Deploy the next release of a service with some of its spec changed",
         .body = "update_service",
         .patches = true,
         .detail = "The change is made to the spec of `latest`: the newest release that was accepted and has neither "
                   "failed nor been cancelled, also one that is under way; where there is none, the newest that did. "
                   "Values of envVars are carried on without being shown.",
         .status = 202,
         .answer = "AcceptedDeployment",
         .parameters = dry_run},
        change_service),
    route::to<desk::update_service>({.method = "POST",
                                     .path = "/services/:id/deploy",
                                     .operation = "deployService",
                                     .summary = "Deploy the next release of a service, with another tag or image, or "
                                                "with the same to pull it anew",
                                     .body = "deploy_service",
                                     .body_optional = true,
                                     .detail = "All else is as PATCH of the service has it.",
                                     .status = 202,
                                     .answer = "AcceptedDeployment",
                                     .parameters = dry_run},
                                    change_service),

    route::to<desk::publish_environment>({.method = "POST",
                                          .path = "/environments/:id/public",
                                          .operation = "publishEnvironment",
                                          .summary = "Put an environment on the internet under a domain, with HTTPS",
                                          .body = "publish_environment",
                                          .status = 202,
                                          .answer = "PublicDomain"}),
    route::to<desk::unpublish_environment>(
        {.method = "DELETE",
         .path = "/environments/:id/public",
         .operation = "unpublishEnvironment",
         .summary = "Take all of an environment's domains off the internet; the names are free again",
         .answer = "OneEnvironment"}),

    route::to<desk::list_domains>({.method = "GET",
                                   .path = "/environments/:id/domains",
                                   .operation = "listDomains",
                                   .summary = "An environment's public domains",
                                   .answer = "Domains"}),
    route::to<desk::put_domain>({.method = "PUT",
                                 .path = "/environments/:id/domains/:domain",
                                 .operation = "putDomain",
                                 .summary = "Put a domain on the internet beside those that the environment has, or "
                                            "change what is asked of it",
                                 .body = "put_domain",
                                 .status = 202,
                                 .answer = "PublicDomain"}),
    route::to<desk::delete_domain>({.method = "DELETE",
                                    .path = "/environments/:id/domains/:domain",
                                    .operation = "deleteDomain",
                                    .summary = "Take one domain off the internet; the name is free again",
                                    .answer = "OneEnvironment"}),

    route::to<desk::list_volumes>({.method = "GET",
                                   .path = "/environments/:id/volumes",
                                   .operation = "listVolumes",
                                   .summary = "An environment's volumes: their size, and who uses them",
                                   .answer = "EnvironmentVolumes"}),
    route::to<desk::delete_volume>(
        {.method = "DELETE",
         .path = "/environments/:id/volumes/:name",
         .operation = "deleteVolume",
         .summary = "Delete a volume that no living deployment uses, with its data, for good",
         .answer = "DeletedVolume",
         .parameters = confirm}),

    route::to<desk::get_application>({.method = "GET",
                                      .path = "/environments/:id/application",
                                      .operation = "getApplication",
                                      .summary = "What stands, as a Compose file that changes nothing where it is "
                                                 "applied; variables without their values",
                                      .detail = "Answers application/yaml."}),
    route::to<desk::apply_application>(
        {.method = "PUT",
         .path = "/environments/:id/application",
         .operation = "putApplication",
         .summary = "Deploy the services of a Compose file as one: what is as wanted is not touched, the rest in the "
                    "order in which it is needed; where one does not get there, all goes back",
         .body = "put_application",
         .yaml = true,
         .detail = "The body may be the file itself, as application/yaml.",
         .status = 202,
         .answer = "OneOperation",
         .parameters = application_query},
        put_application),
    route::to<desk::apply_application>({.method = "DELETE",
                                        .path = "/environments/:id/application",
                                        .operation = "deleteApplication",
                                        .summary = "Remove all services of an environment; its volumes stay",
                                        .status = 202,
                                        .answer = "OneOperation"}),
    route::to<desk::plan_application>({.method = "POST",
                                       .path = "/environments/:id/application/plan",
                                       .operation = "planApplication",
                                       .summary = "What putting it would do now, service by service and field by field",
                                       .body = "put_application",
                                       .yaml = true,
                                       .detail = "The body may be the file itself, as application/yaml.",
                                       .answer = "OnePlan",
                                       .parameters = application_options}),
    route::to<desk::list_operations>({.method = "GET",
                                      .path = "/environments/:id/operations",
                                      .operation = "listOperations",
                                      .summary = "The applications that were put, newest first",
                                      .answer = "Operations",
                                      .parameters = page}),
    route::to<desk::get_operation>(
        {.method = "GET",
         .path = "/operations/:id",
         .operation = "getOperation",
         .summary = "How far what was asked for is, until its true end; as a stream where Accept says "
                    "text/event-stream, resumable with Last-Event-ID",
         .answer = "OneOperation",
         .parameters = operation_wait},
        get_operation),
    route::to<desk::cancel_operation>(
        {.method = "POST",
         .path = "/operations/:id/cancel",
         .operation = "cancelOperation",
         .summary = "Take back what an application has changed so far, or cancel a release before it runs",
         .status = 202,
         .answer = "OneOperation"}),

    route::to<desk::create_deployment>({.method = "POST",
                                        .path = "/deployments",
                                        .operation = "createDeployment",
                                        .summary = "Deploy a release of a service, by its whole spec",
                                        .body = "create_deployment",
                                        .status = 202,
                                        .answer = "AcceptedDeployment",
                                        .parameters = dry_run},
                                       post_deployment),
    route::to<desk::list_own_deployments>({.method = "GET",
                                           .path = "/deployments",
                                           .operation = "listOwnDeployments",
                                           .summary = "Your deployments, newest first",
                                           .answer = "Deployments",
                                           .parameters = own_page}),
    route::to<desk::get_deployment>({.method = "GET",
                                     .path = "/deployments/job/:jobId",
                                     .operation = "getDeploymentByJob",
                                     .summary = "A deployment, by its job's id",
                                     .answer = "OneDeployment",
                                     .parameters = wait}),
    route::to<desk::list_deployments>({.method = "GET",
                                       .path = "/deployments/environment/:envId",
                                       .operation = "listDeployments",
                                       .summary = "An environment's deployments, newest first",
                                       .answer = "Deployments",
                                       .parameters = filtered_page}),
    route::to<desk::get_deployment>({.method = "GET",
                                     .path = "/deployments/:id",
                                     .operation = "getDeployment",
                                     .summary = "A deployment",
                                     .answer = "OneDeployment",
                                     .parameters = wait}),
    route::to<desk::read_logs>(
        {.method = "GET",
         .path = "/deployments/:id/logs",
         .operation = "getLogs",
         .summary =
             "What its containers wrote, kept after they are gone; as text/plain or a stream (text/event-stream, "
             "resumable with Last-Event-ID) where Accept says so",
         .answer = "Logs",
         .parameters = logs},
        get_logs),
    route::to<desk::list_transitions>(
        {.method = "GET",
         .path = "/deployments/:id/events",
         .operation = "getEvents",
         .summary = "Its timeline; as a stream where Accept says text/event-stream, resumable with Last-Event-ID",
         .answer = "Events"},
        get_events),
    route::to<desk::cancel_deployment>({.method = "POST",
                                        .path = "/deployments/:id/cancel",
                                        .operation = "cancelDeployment",
                                        .summary = "End it before it runs; what ran before stays",
                                        .status = 202,
                                        .answer = "AcceptedDeployment"}),
    route::to<desk::stop_deployment>({.method = "POST",
                                      .path = "/deployments/:id/stop",
                                      .operation = "stopDeployment",
                                      .summary = "Stop its containers, keep its volumes",
                                      .status = 202,
                                      .answer = "AcceptedDeployment"}),
    route::to<desk::start_deployment>({.method = "POST",
                                       .path = "/deployments/:id/start",
                                       .operation = "startDeployment",
                                       .summary = "Start it again after a stop",
                                       .status = 202,
                                       .answer = "AcceptedDeployment"}),
    route::to<desk::restart_deployment>({.method = "POST",
                                         .path = "/deployments/:id/restart",
                                         .operation = "restartDeployment",
                                         .summary = "Replace its containers",
                                         .status = 202,
                                         .answer = "AcceptedDeployment"}),
    route::to<desk::roll_back_deployment>(
        {.method = "POST",
         .path = "/deployments/:id/rollback",
         .operation = "rollbackDeployment",
         .summary = "Deploy an earlier release's image and configuration as a new deployment",
         .body = "rollback_deployment",
         .body_optional = true,
         .status = 202,
         .answer = "AcceptedDeployment"}),
    route::to<desk::scale_deployment>({.method = "POST",
                                       .path = "/deployments/:id/scale",
                                       .operation = "scaleDeployment",
                                       .summary = "Change the number of its containers",
                                       .body = "scale_deployment",
                                       .status = 202,
                                       .answer = "AcceptedDeployment"}),
    route::to<desk::remove_deployment>({.method = "DELETE",
                                        .path = "/deployments/:id",
                                        .operation = "deleteDeployment",
                                        .summary = "Remove it and its service; volumes stay with the environment",
                                        .status = 202,
                                        .answer = "AcceptedDeployment"}),

    route::relayed({.method = "POST",
                    .path = "/mcp",
                    .operation = "postMcp",
                    .summary = "MCP: one JSON-RPC message; the tools are other routes under other names"},
                   answer_mcp),
    route::with_any_key({.method = "GET",
                         .path = "/mcp/tools",
                         .operation = "listTools",
                         .summary = "The tools of MCP that your key's scopes open",
                         .answer = "Tools"},
                        list_tools),
    route::relayed(
        {.method = "POST",
         .path = "/mcp/tools/:name",
         .operation = "callTool",
         .summary = "Call a tool of MCP without MCP; the body holds its arguments, the answer is of its outputSchema"},
        call_tool),

    route::from_telegram({.method = "POST",
                          .path = "/telegram/webhook",
                          .operation = "receiveTelegramUpdate",
                          .summary = "Telegram's alone: an update for the bot"},
                         receive_telegram_update),
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

std::string same_path(std::string path) {
  std::string out;
  for (std::size_t i = 0; i < path.size(); ++i) {
    const auto plain = path[i] == '%' ? decoded(std::string_view(path).substr(i, 3)) : std::nullopt;
    out += plain.value_or(path[i]);
    if (plain) i += 2;
  }
  if (out.size() > 1 && out.ends_with('/') && !out.ends_with("//")) out.pop_back();
  return out;
}

const route& route_of(std::string_view operation) {
  for (const auto& r : table)
    if (r.operation == operation) return r;
  throw std::logic_error("no route of that operation");
}

std::string path_of(const route& r, std::string_view parameter) {
  std::string out(r.path);
  const auto from = out.find("/:");
  if (from != std::string::npos)
    out.replace(from + 1, std::min(out.find('/', from + 1), out.size()) - from - 1, parameter);
  return out;
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
