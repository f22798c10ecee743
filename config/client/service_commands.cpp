#include <nlohmann/json.hpp>

#include "config/client/failure.hpp"
#include "config/client/progress.hpp"
#include "config/client/steps.hpp"
#include "config/log_line.hpp"

namespace troupe::client {

using nlohmann::json;

namespace {

std::string release_path(const json& service) {
  return "/deployments/" + release_of(service).at("id").get<std::string>();
}

json timeline(const server& at, const std::string& release) {
  return json_of(at.text("GET", release + "/events")).at("events");
}

// Sends it to the service's release, which stays the same. `of_stopped`: what is wanted of one that is STOPPED, where
// that is something else.
int send(surroundings& around, const request& asked, const char* verb, const json& body, std::string_view wanted,
         std::string_view of_stopped = {}) {
  const auto at = connect(around);
  const auto service = find_service(around, at, asked);
  const auto release = release_path(service);
  if (!of_stopped.empty() && release_of(service).at("status") == "STOPPED") wanted = of_stopped;
  const auto before = timeline(at, release);
  return finish(around, asked, at, at.text("POST", release + '/' + verb, body), wanted, before);
}

int change_variable(surroundings& around, const request& asked, const std::string& name, const json& value) {
  const auto at = connect(around);
  const auto path = service_path(environment_id(around, at, asked), asked.arguments[0]);
  return finish(around, asked, at, at.text("PATCH", path, {{"envVars", {{name, value}}}}));
}

// The colon before a port is one of the path's own characters.
std::string registry_part(const std::string& name) {
  const auto colon = name.rfind(':');
  return colon == std::string::npos ? escaped(name)
                                    : escaped(name.substr(0, colon)) + ':' + escaped(name.substr(colon + 1));
}

void insist(const request& asked, const std::string& what_goes) {
  if (!asked.has("yes")) throw failure(wrong_usage, what_goes + ": say so with --yes");
}

}  // namespace

int stop_service(surroundings& around, const request& asked) {
  return send(around, asked, "stop", json::value_t::discarded, "STOPPED");
}

int start_service(surroundings& around, const request& asked) {
  return send(around, asked, "start", json::value_t::discarded, "RUNNING");
}

int restart_service(surroundings& around, const request& asked) {
  return send(around, asked, "restart", json::value_t::discarded, "RUNNING");
}

int scale_service(surroundings& around, const request& asked) {
  const auto& count = asked.arguments[1];
  if (count.empty() || count.size() > 4 || count.find_first_not_of("0123456789") != std::string::npos)
    throw failure(wrong_usage, '"' + log::printable(count) + "\" is no number of containers");
  // Of one that is stopped it is how many there are once it is started.
  return send(around, asked, "scale", {{"replicas", std::stoi(count)}}, "RUNNING", "STOPPED");
}

int roll_back(surroundings& around, const request& asked) {
  auto body = json::object();
  if (const auto to = asked.value("to")) body["to"] = *to;
  const auto at = connect(around);
  const auto release = release_path(find_service(around, at, asked));
  return finish(around, asked, at, at.text("POST", release + "/rollback", body));
}

int remove_service(surroundings& around, const request& asked) {
  insist(asked, "its containers go; its volumes stay with the environment");
  const auto at = connect(around);
  const auto release = release_path(find_service(around, at, asked));
  const auto before = timeline(at, release);
  return finish(around, asked, at, at.text("DELETE", release), "REMOVED", before);
}

int remove_environment(surroundings& around, const request& asked) {
  insist(asked, "everything in it goes, volumes with their data too");
  const auto at = connect(around);
  request named = asked;
  named.options["environment"] = {asked.arguments[0]};
  const auto path = "/environments/" + environment_id(around, at, named);
  const auto text = at.text("DELETE", path);
  if (asked.has("json")) return print(around, text);
  for (auto there = at.ask("GET", path); there.status != 404; there = at.ask("GET", path)) {
    if (there.status >= 400 && !is_passing(there.status)) fail_with(there);
    pause_a_second();
  }
  return print(around, log::printable(asked.arguments[0]) + " is gone.");
}

int show_history(surroundings& around, const request& asked) {
  const auto at = connect(around);
  const auto service = find_service(around, at, asked);
  if (asked.has("json")) return print(around, service.at("history").dump(2));
  std::vector<std::vector<std::string>> rows{{"DEPLOYMENT", "STATUS", "IMAGE", "CREATED", ""}};
  for (const auto& one : service.at("history"))
    rows.push_back({text_of(one.at("id")), text_of(one.at("status")), text_of(one.at("image")),
                    text_of(one.at("createdAt")),
                    service.at("current").is_object() && service["current"].at("id") == one.at("id") ? "serves" : ""});
  print_rows(around, rows);
  return done;
}

int show_events(surroundings& around, const request& asked) {
  const auto at = connect(around);
  const auto path = release_path(find_service(around, at, asked)) + "/events";
  const auto text = at.text("GET", path);
  if (asked.has("json")) return print(around, text);
  progress(around.out, false).tell_steps(json_of(text).at("events"));
  return done;
}

int open_service(surroundings& around, const request& asked) {
  const auto at = connect(around);
  if (const auto domain = asked.value("domain")) {
    const auto path = "/environments/" + environment_id(around, at, asked) + "/domains/" + escaped(*domain);
    const auto text = at.text("PUT", path, {{"service", asked.arguments[0]}});
    if (asked.has("json")) return print(around, text);
    const auto made = json_of(text).at("domain");
    const auto detail = text_of(made.at("detail"));
    return print(
        around, text_of(made.at("name")) + ": " + text_of(made.at("status")) + (detail.empty() ? "" : "\n  " + detail));
  }
  const auto service = find_service(around, at, asked);
  if (asked.has("json")) return print(around, service.at("addresses").dump(2));
  if (const auto url = text_of(service.at("url")); !url.empty()) return print(around, url);
  std::vector<std::string> reached;
  for (const auto& one : service.at("addresses"))
    if (one.at("kind") != "internal") reached.push_back(text_of(one.at("address")));
  if (reached.empty())
    throw failure(failed, "it is reached from its environment alone: publish a port with `troupe deploy " +
                              asked.arguments[0] + " --port HOST:PORT`, or name a domain with --domain");
  for (const auto& one : reached) print(around, one);
  return done;
}

int list_variables(surroundings& around, const request& asked) {
  const auto at = connect(around);
  const auto names = find_service(around, at, asked).at("spec").at("envVars");
  if (asked.has("json")) return print(around, names.dump(2));
  for (const auto& name : names) print(around, text_of(name));
  return done;
}

int set_variable(surroundings& around, const request& asked) {
  const auto& pair = asked.arguments[1];
  const auto equals = pair.find('=');
  if (equals == 0 || equals == std::string::npos)
    throw failure(wrong_usage, "write NAME=VALUE");  // its text may be a secret
  return change_variable(around, asked, pair.substr(0, equals), pair.substr(equals + 1));
}

int unset_variable(surroundings& around, const request& asked) {
  return change_variable(around, asked, asked.arguments[1], nullptr);
}

int log_in_to_registry(surroundings& around, const request& asked) {
  const auto user = asked.value("username");
  if (!user) throw failure(wrong_usage, "name the user with --username");
  const auto at = connect(around);
  const auto password = read_secret(around, "Password", "no password came; give it on the standard input");
  const auto text =
      at.text("PUT", "/registries/" + registry_part(asked.arguments[0]), {{"username", *user}, {"password", password}});
  if (asked.has("json")) return print(around, text);
  const auto saved = json_of(text).at("registry");
  return print(around, text_of(saved.at("registry")) + " takes this login: your images are pulled with it.");
}

int log_out_of_registry(surroundings& around, const request& asked) {
  const auto text = connect(around).text("DELETE", "/registries/" + registry_part(asked.arguments[0]));
  return print(around, asked.has("json") ? text : "Forgotten; what runs goes on.");
}

int list_registries(surroundings& around, const request& asked) {
  const auto text = connect(around).text("GET", "/registries");
  if (asked.has("json")) return print(around, text);
  std::vector<std::vector<std::string>> rows{{"REGISTRY", "USER", "SINCE"}};
  const auto answered = json_of(text);
  for (const auto& one : answered.at("registries"))
    rows.push_back({text_of(one.at("registry")), one.at("username").is_null() ? "-" : text_of(one["username"]),
                    text_of(one.at("updatedAt"))});
  print_rows(around, rows);
  return done;
}

}  // namespace troupe::client
