#include "config/client/steps.hpp"

#include <chrono>
#include <iostream>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include "config/client/failure.hpp"
#include "config/client/profile.hpp"
#include "config/client/progress.hpp"
#include "config/log_line.hpp"

namespace troupe::client {

using nlohmann::json;

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

namespace {

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

}  // namespace

std::string read_secret(surroundings& around, const char* prompt, const char* missing) {
  std::string out;
  if (around.in_is_terminal) {
    around.errors << prompt << ": " << std::flush;
    const no_echo silent;
    std::getline(around.in, out);
    around.errors << std::endl;
  } else {
    std::getline(around.in, out);
  }
  if (was_interrupted) throw failure(interrupted, "interrupted");
  while (!out.empty() && (out.back() == '\r' || out.back() == ' ')) out.pop_back();
  if (out.empty()) throw failure(wrong_usage, missing);
  return out;
}

server connect(const surroundings& around) {
  return server(find_profile(around));
}

namespace {

std::string names_of(const json& environments) {
  std::string out;
  for (const auto& one : environments) (out += out.empty() ? "" : ", ") += text_of(one.at("name"));
  return out;
}

}  // namespace

bool is_passing(long status) {
  return status == 429 || status == 502 || status == 503 || status == 504;
}

void pause_a_second() {
  ::poll(nullptr, 0, 1000);
  if (was_interrupted) throw failure(interrupted, "interrupted");
}

std::string patient_text(const server& at, const std::string& path, bool while_away) {
  constexpr int most_retries = 30;
  for (int tries = 0;; ++tries) {
    try {
      auto got = at.ask("GET", path);
      if (got.status == 200) return std::move(got.body);
      if (!is_passing(got.status) || tries == most_retries) fail_with(got);
    } catch (const failure& why) {
      if (why.code != unreachable || !while_away || tries == most_retries) throw;
    }
    pause_a_second();
  }
}

json all_of(const server& at, const std::string& path, const char* member) {
  json out = json::array();
  for (std::string cursor;;) {
    const auto page =
        json_of(patient_text(at, path + "?limit=200" + (cursor.empty() ? "" : "&cursor=" + escaped(cursor)), false));
    for (const auto& one : page.at(member)) out.push_back(one);
    if (!page.at("nextCursor").is_string()) return out;
    cursor = page["nextCursor"].get<std::string>();
  }
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

json find_service(const surroundings& around, const server& at, const request& asked) {
  return json_of(at.text("GET", service_path(environment_id(around, at, asked), asked.arguments[0]))).at("service");
}

json release_of(const json& service) {
  for (const char* member : {"current", "latest"})
    if (service.at(member).is_object()) return service.at(member);
  return service.at("history").at(0);
}

namespace {

// The answer with the deployment once it has settled. `shown`: each step is told.
std::string wait_for(const server& at, const std::string& id, progress& shown) {
  const auto began = std::chrono::steady_clock::now();
  const auto path = "/deployments/" + id;
  for (;;) {
    auto body = patient_text(at, path + "?wait=1s", true);
    const auto answered = json_of(body);
    shown.tell_steps(json_of(patient_text(at, path + "/events", true)).at("events"));
    if (answered.at("deployment").at("settled").get<bool>()) return body;
    const auto passed = std::chrono::steady_clock::now() - began;
    shown.tell_present(answered["deployment"], std::chrono::duration_cast<std::chrono::seconds>(passed).count());
  }
}

int end_of(surroundings& around, const json& deployment, std::string_view wanted, bool told) {
  const auto name = text_of(deployment.at("name"));
  if (deployment.value("kind", "service") == "job" && wanted == "RUNNING") {
    if (deployment.at("status") != "SUCCEEDED")
      throw failure(failed, "the job " + text_of(deployment.at("id")) + " did not succeed: " + cause_of(deployment));
    return told ? print(around, name + " has run to its end") : done;
  }
  if (deployment.at("status") != wanted)
    throw failure(failed, "the deployment " + text_of(deployment.at("id")) +
                              (wanted == "RUNNING" ? " does not run: " : " is not " + std::string(wanted) + ": ") +
                              cause_of(deployment));
  if (!told) return done;
  if (wanted != "RUNNING") return print(around, name + " is " + std::string(wanted));
  around.out << name << " runs";
  for (const auto& one : deployment.at("addresses")) around.out << "\n  " << text_of(one.at("address"));
  around.out << '\n';
  return done;
}

int wait_and_tell(surroundings& around, const request& asked, const server& at, const std::string& id,
                  std::string_view wanted, const json& before) {
  // The answer alone is on the standard output where a program reads it.
  progress shown(asked.has("json") ? around.errors : around.out, around.out_is_terminal && !asked.has("json"));
  shown.leave_out(before);
  try {
    const auto body = wait_for(at, id, shown);
    shown.end();
    if (asked.has("json")) print(around, body);
    return end_of(around, json_of(body).at("deployment"), wanted, !asked.has("json"));
  } catch (const failure& why) {
    shown.end();
    if (why.code != interrupted && why.code != unreachable) throw;
    throw failure(why.code, std::string(why.what()) + "\nThe deployment " + id +
                                " goes on. `troupe ps` shows how it is, `troupe logs " + asked.arguments[0] +
                                "` what it writes.");
  }
}

}  // namespace

int finish(surroundings& around, const request& asked, const server& at, const std::string& accepted,
           std::string_view wanted, const json& before) {
  const auto id = json_of(accepted).at("deploymentId").get<std::string>();
  if (!asked.has("no-wait")) return wait_and_tell(around, asked, at, id, wanted, before);
  return print(around, asked.has("json") ? accepted : "Accepted: deployment " + log::printable(id) + '.');
}

}  // namespace troupe::client
