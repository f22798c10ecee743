#include "config/client/commands.hpp"

#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "config/client/failure.hpp"
#include "config/client/profile.hpp"
#include "config/client/progress.hpp"
#include "config/client/server.hpp"
#include "config/log_line.hpp"

namespace troupe::client {

using nlohmann::json;

namespace {

std::string text_of(const json& value) {
  return value.is_string() ? log::printable(value.get<std::string>()) : "";
}

std::string joined(const json& texts) {
  std::string out;
  for (const auto& one : texts) (out += out.empty() ? "" : ",") += text_of(one);
  return out;
}

int print(surroundings& around, const std::string& text) {
  around.out << text << (text.ends_with('\n') ? "" : "\n");
  return done;
}

void print_rows(surroundings& around, const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths(rows[0].size());
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  for (const auto& row : rows) {
    for (std::size_t i = 0; i + 1 < row.size(); ++i)
      around.out << row[i] << std::string(widths[i] - row[i].size() + 2, ' ');
    around.out << row.back() << '\n';
  }
}

server connect(const surroundings& around) {
  return server(find_profile(around));
}

// ---- lists

// All pages of a list; `member` is its name in the answers.
json all_of(const server& at, const std::string& path, const char* member) {
  json out = json::array();
  for (std::string cursor;;) {
    const auto page =
        json_of(at.text("GET", path + "?limit=200" + (cursor.empty() ? "" : "&cursor=" + escaped(cursor))));
    for (const auto& one : page.at(member)) out.push_back(one);
    if (!page.at("nextCursor").is_string()) return out;
    cursor = page["nextCursor"].get<std::string>();
  }
}

std::string names_of(const json& environments) {
  std::string out;
  for (const auto& one : environments) (out += out.empty() ? "" : ", ") += text_of(one.at("name"));
  return out;
}

std::string environment_id(const surroundings& around, const server& at, const request& asked) {
  auto named = asked.value("environment");
  if (!named) named = around.variable("TROUPE_ENVIRONMENT");
  const auto all = all_of(at, "/environments", "environments");
  if (!named && all.size() == 1) return all[0].at("id");
  for (const auto& one : all)
    if (named && (one.at("name") == *named || one.at("id") == *named)) return one.at("id");
  const auto there_are = all.empty() ? std::string("there is none yet: `troupe env create NAME` makes one")
                                     : "there are: " + names_of(all);
  if (named) throw failure(failed, '"' + log::printable(*named) + "\" is no environment of yours; " + there_are);
  if (all.empty()) throw failure(failed, "no environment: `troupe env create NAME` makes one");
  throw failure(wrong_usage, "name an environment with --environment or TROUPE_ENVIRONMENT; " + there_are);
}

std::string service_path(const std::string& environment, const std::string& name) {
  return "/services/" + environment + '.' + escaped(name);
}

// ---- login

// Without echo where it is typed.
class no_echo {
public:
  no_echo() {
    if (::tcgetattr(STDIN_FILENO, &before_) != 0) return;
    auto silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    is_silent_ = ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0;
  }
  ~no_echo() {
    if (is_silent_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }
  no_echo(const no_echo&) = delete;
  no_echo& operator=(const no_echo&) = delete;

private:
  termios before_{};
  bool is_silent_ = false;
};

std::string read_key(surroundings& around) {
  std::string out;
  if (around.in_is_terminal) {
    around.errors << "Key: " << std::flush;
    const no_echo silent;
    std::getline(around.in, out);
    around.errors << std::endl;
  } else {
    std::getline(around.in, out);
  }
  if (was_interrupted) throw failure(interrupted, "interrupted");
  while (!out.empty() && (out.back() == '\r' || out.back() == ' ')) out.pop_back();
  if (out.empty()) throw failure(wrong_usage, "no key came; give it with --key, or on the standard input");
  return out;
}

// ---- deploy

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

// What the options name of a release, as the API's bodies have it.
json named_of(const request& asked) {
  json out = json::object();
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
  if (there.status == 200)
    return named.empty() ? at.text("POST", path + "/deploy", json::object()) : at.text("PATCH", path, named);
  if (there.status != 404) fail_with(there);
  if (!named.contains("image"))
    throw failure(wrong_usage, "there is no service \"" + log::printable(service) + "\" yet: a new one needs --image");
  named["environmentId"] = environment;
  named["name"] = service;
  return at.text("POST", "/deployments", named);
}

// A server that is being replaced, or a limit, is no end of the wait.
constexpr int most_retries = 30;

bool is_passing(long status) {
  return status == 429 || status == 502 || status == 503 || status == 504;
}

void pause_a_second() {
  ::poll(nullptr, 0, 1000);
  if (was_interrupted) throw failure(interrupted, "interrupted");
}

std::string patient_text(const server& at, const std::string& path) {
  for (int tries = 0;; ++tries) {
    try {
      auto got = at.ask("GET", path);
      if (got.status == 200) return std::move(got.body);
      if (!is_passing(got.status) || tries == most_retries) fail_with(got);
    } catch (const failure& why) {
      if (why.code != unreachable || tries == most_retries) throw;
    }
    pause_a_second();
  }
}

// The answer with the deployment once it has settled. `shown`: each step is told.
std::string wait_for(const server& at, const std::string& id, progress& shown) {
  const auto began = std::chrono::steady_clock::now();
  const auto path = "/deployments/" + id;
  for (;;) {
    auto body = patient_text(at, path + "?wait=1s");
    const auto answered = json_of(body);
    shown.tell_steps(json_of(patient_text(at, path + "/events")).at("events"));
    if (answered.at("deployment").at("settled").get<bool>()) return body;
    const auto passed = std::chrono::steady_clock::now() - began;
    shown.tell_present(answered["deployment"], std::chrono::duration_cast<std::chrono::seconds>(passed).count());
  }
}

int end_of(surroundings& around, const json& deployment, bool told) {
  if (deployment.at("status") != "RUNNING")
    throw failure(failed, "the deployment " + text_of(deployment.at("id")) + " does not run: " + cause_of(deployment));
  if (!told) return done;
  around.out << text_of(deployment.at("name")) << " runs";
  for (const auto& one : deployment.at("addresses")) around.out << "\n  " << text_of(one.at("address"));
  around.out << '\n';
  return done;
}

int wait_and_tell(surroundings& around, const request& asked, const server& at, const std::string& id) {
  // The answer alone is on the standard output where a program reads it.
  progress shown(asked.has("json") ? around.errors : around.out, around.out_is_terminal && !asked.has("json"));
  try {
    const auto body = wait_for(at, id, shown);
    shown.end();
    if (asked.has("json")) print(around, body);
    return end_of(around, json_of(body).at("deployment"), !asked.has("json"));
  } catch (const failure& why) {
    shown.end();
    if (why.code != interrupted && why.code != unreachable) throw;
    throw failure(why.code, std::string(why.what()) + "\nThe deployment " + id +
                                " goes on. `troupe ps` shows how it is, `troupe logs " + asked.arguments[0] +
                                "` what it writes.");
  }
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
  const auto where = checked({asked.arguments[0], key ? *key : read_key(around)});
  const auto account = json_of(server(where).text("GET", "/auth/me")).at("account");
  save(around, where);
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
  const auto id = json_of(text).at("deploymentId").get<std::string>();
  if (!asked.has("no-wait")) return wait_and_tell(around, asked, at, id);
  return print(around, asked.has("json") ? text : "Accepted: deployment " + log::printable(id) + '.');
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
  const auto found =
      json_of(at.text("GET", service_path(environment_id(around, at, asked), asked.arguments[0]))).at("service");
  const auto& history = found.at("history");
  const auto& release = found.at("current").is_object()  ? found.at("current")
                        : found.at("latest").is_object() ? found.at("latest")
                                                         : history.at(0);
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
