#include "config/client/commands.hpp"

#include <charconv>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "config/client/failure.hpp"
#include "config/client/profile.hpp"
#include "config/client/steps.hpp"
#include "config/log_line.hpp"

namespace troupe::client {

using nlohmann::json;

namespace {

json port_of(const std::string& text) {
  const auto number = [&](std::string_view digits) {
    int out = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
    if (error != std::errc{} || end != digits.data() + digits.size() || out < 1 || out > 65535)
      throw failure(wrong_usage,
                    "--port " + log::printable(text) + ": write CONTAINER or HOST:CONTAINER, each from 1 to 65535");
    return out;
  };
  const auto colon = text.find(':');
  if (colon == std::string::npos) return {{"container", number(text)}};
  return {{"host", number(std::string_view(text).substr(0, colon))},
          {"container", number(std::string_view(text).substr(colon + 1))}};
}

// Whether it is in its bounds is the server's to say.
json whole_number_of(const char* option, const std::string& text) {
  if (text.empty() || text.size() > 9 || text.find_first_not_of("0123456789") != std::string::npos)
    throw failure(wrong_usage, "--" + std::string(option) + ' ' + log::printable(text) + ": write a whole number");
  return std::stoi(text);
}

// What the options name of a release, as the API's bodies have it.
json named_of(const request& asked) {
  json out = json::object();
  if (asked.has("job")) out["kind"] = "job";
  if (const auto value = asked.value("backoff-limit")) out["backoffLimit"] = whole_number_of("backoff-limit", *value);
  if (const auto value = asked.value("deadline")) out["deadlineSeconds"] = whole_number_of("deadline", *value);
  for (const char* name : {"image", "tag"})
    if (const auto value = asked.value(name)) out[name] = *value;
  if (const auto ports = asked.options.find("port"); ports != asked.options.end())
    for (const auto& one : ports->second) out["ports"].push_back(port_of(one));
  if (const auto variables = asked.options.find("var"); variables != asked.options.end())
    for (const auto& one : variables->second) {
      const auto equals = one.find('=');
      if (equals == 0 || equals == std::string::npos)
        throw failure(wrong_usage, "--var needs NAME=VALUE");  // its text may be a secret
      out["envVars"][one.substr(0, equals)] = one.substr(equals + 1);
    }
  return out;
}

std::string send_deployment(const server& at, const std::string& environment, const std::string& service, json named) {
  const auto path = service_path(environment, service);
  const auto there = at.ask("GET", path);
  if (there.status == 200 && named.contains("kind")) {
    const auto known = json_of(there.body).at("service");
    const auto& spec = known.at("spec");
    if (spec.is_object() && spec.at("kind") != "job")
      throw failure(failed, '"' + log::printable(service) + "\" is a service already: give the job another name");
    named.erase("kind");
  }
  if (there.status == 200)
    return named.empty() ? at.text("POST", path + "/deploy", json::object()) : at.text("PATCH", path, named);
  if (there.status != 404) fail_with(there);
  if (!named.contains("image"))
    throw failure(wrong_usage, "there is no service \"" + log::printable(service) + "\" yet: a new one needs --image");
  named["environmentId"] = environment;
  named["name"] = service;
  return at.text("POST", "/deployments", named);
}

int run_known(surroundings& around, std::span<const std::string> words) {
  const auto [found, count] = find_command(words);
  if (found == nullptr) {
    const auto& group = words[0];
    if (words.size() > 1 && (words[1] == "--help" || words[1] == "-h")) return print(around, list_commands(group));
    throw failure(wrong_usage,
                  (words.size() < 2 ? "`troupe " + group + "` needs one more word"
                                    : '"' + log::printable(words[1]) + "\" is no command of `troupe " + group + '`') +
                      "; there are:\n" + list_commands(group));
  }
  const auto rest = words.subspan(count);
  for (const auto& word : rest) {
    if (word == "--") break;
    if (word == "--help" || word == "-h") return print(around, help_of(*found));
  }
  return found->run(around, parse(*found, rest));
}

}  // namespace

int log_in(surroundings& around, const request& asked) {
  const auto key = asked.value("key");
  // The address first: nobody types a key for one that is none.
  checked({asked.arguments[0], "-"});
  const auto where =
      checked({asked.arguments[0],
               key ? *key : read_secret(around, "Key", "no key came; give it with --key, or on the standard input")});
  const auto text = server(where).text("GET", "/auth/me");
  const auto account = json_of(text).at("account");
  save(around, where);
  if (asked.has("json")) return print(around, text);
  return print(around, "Logged in to " + where.url + " as " + text_of(account.at("user")) + '.');
}

int log_out(surroundings& around, const request&) {
  forget(around);
  return print(around, "Logged out: the key is no longer kept here. It stays good until it is revoked.");
}

int whoami(surroundings& around, const request& asked) {
  auto key = asked.value("key");
  if (!key) key = around.variable("TROUPE_KEY");
  const auto text =
      server(find_profile(around, asked.value("url").value_or(""), key.value_or(""))).text("GET", "/auth/me");
  if (asked.has("json")) return print(around, text);
  const auto account = json_of(text).at("account");
  const auto& limit = account.at("deploymentsPerMinute");
  const auto environments = joined(account.at("environmentIds"));
  around.out << "user          " << text_of(account.at("user")) << '\n'
             << "key           " << text_of(account.at("keyId")) << " \"" << text_of(account.at("keyName")) << "\"\n"
             << "scopes        " << joined(account.at("scopes")) << '\n'
             << "environments  " << (environments.empty() ? "all of the user's" : environments) << '\n'
             << "deployments   " << limit.at("used") << " of " << limit.at("limit") << " in the last minute\n";
  return done;
}

int list_environments(surroundings& around, const request& asked) {
  const auto at = connect(around);
  if (asked.has("json")) return print(around, at.text("GET", "/environments?limit=200"));
  std::vector<std::vector<std::string>> rows{{"NAME", "STATUS", "ID"}};
  for (const auto& one : all_of(at, "/environments", "environments"))
    rows.push_back({text_of(one.at("name")), text_of(one.at("status")), text_of(one.at("id"))});
  print_rows(around, rows);
  return done;
}

int create_environment(surroundings& around, const request& asked) {
  const auto text = connect(around).text("POST", "/environments", {{"name", asked.arguments[0]}});
  if (asked.has("json")) return print(around, text);
  const auto made = json_of(text).at("environment");
  return print(around, "Created " + text_of(made.at("name")) + " (" + text_of(made.at("id")) + ").");
}

int deploy(surroundings& around, const request& asked) {
  if (asked.has("wait") && asked.has("no-wait")) throw failure(wrong_usage, "--wait and --no-wait exclude each other");
  auto named = named_of(asked);
  const auto at = connect(around);
  const auto text = send_deployment(at, environment_id(around, at, asked), asked.arguments[0], std::move(named));
  return finish(around, asked, at, text);
}

int list_services(surroundings& around, const request& asked) {
  const auto at = connect(around);
  const auto path = "/environments/" + environment_id(around, at, asked) + "/services";
  if (asked.has("json")) return print(around, at.text("GET", path + "?limit=200"));
  std::vector<std::vector<std::string>> rows{{"SERVICE", "STATUS", "HEALTH", "REPLICAS", "IMAGE"}};
  for (const auto& one : all_of(at, path, "services")) {
    const auto& release = one.at("current").is_object() ? one.at("current") : one.at("latest");
    const auto& replicas = one.at("replicas");
    const auto health = text_of(one.at("health"));
    rows.push_back({text_of(one.at("name")), text_of(one.at("status")), health.empty() ? "-" : health,
                    replicas.at("running").dump() + '/' + replicas.at("wanted").dump(),
                    release.is_object() ? text_of(release.at("image")) : "-"});
  }
  print_rows(around, rows);
  return done;
}

int show_logs(surroundings& around, const request& asked) {
  if (asked.has("json") && asked.has("follow")) throw failure(wrong_usage, "--json and --follow exclude each other");
  const auto at = connect(around);
  const auto release = release_of(find_service(around, at, asked));
  auto path = "/deployments/" + release.at("id").get<std::string>() +
              "/logs?tail=" + escaped(asked.value("tail").value_or("100"));
  if (const auto since = asked.value("since")) path += "&since=" + escaped(*since);
  if (asked.has("follow")) path += "&follow=true";
  if (asked.has("json")) return print(around, at.text("GET", path));
  at.stream(path, [&around](std::string_view text) { around.out << text << std::flush; });
  return done;
}

int run(surroundings& around, std::span<const std::string> words) {
  try {
    const int code = run_known(around, words);
    return around.out.flush() ? code : failed;
  } catch (const failure& why) {
    around.errors << "troupe: " << why.what() << std::endl;
    return why.code;
  } catch (const json::type_error& why) {
    // 316: what is sent is no UTF-8.
    around.errors << "troupe: "
                  << (why.id == 316 ? "what was given is no valid UTF-8"
                                    : "what answers is no Troupe; check the address")
                  << std::endl;
    return why.id == 316 ? wrong_usage : failed;
  } catch (const json::exception&) {
    around.errors << "troupe: what answers is no Troupe, or one of another version; check the address" << std::endl;
  } catch (const std::exception& why) {
    around.errors << "troupe: " << log::printable(why.what()) << std::endl;
  }
  return failed;
}

int run_in_process(std::span<const std::string> words) {
  struct sigaction interrupt {};
  interrupt.sa_handler = [](int) { was_interrupted = true; };
  // Without SA_RESTART: a key that is being typed is given up, and the terminal's echo comes back.
  ::sigaction(SIGINT, &interrupt, nullptr);
  surroundings around{[](const std::string& name) -> std::optional<std::string> {
                        const char* value = std::getenv(name.c_str());
                        return value == nullptr || *value == '\0' ? std::nullopt : std::optional<std::string>(value);
                      },
                      std::cin,
                      std::cout,
                      std::cerr,
                      ::isatty(STDIN_FILENO) == 1,
                      ::isatty(STDOUT_FILENO) == 1};
  return run(around, words);
}

}  // namespace troupe::client
