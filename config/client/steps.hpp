// What several commands do: finding what is named, waiting for a deployment, printing.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "config/client/commands.hpp"
#include "config/client/server.hpp"

namespace troupe::client {

// A text of an answer, printable; "" where it is none.
std::string text_of(const nlohmann::json& value);
std::string joined(const nlohmann::json& texts);
// On the standard output, with an end of line; exit_code::done.
int print(surroundings& around, const std::string& text);
// In columns; the first row names them.
void print_rows(surroundings& around, const std::vector<std::vector<std::string>>& rows);

// A line from the terminal, without echo after `prompt`, or from the standard input. `missing` says what to do where
// none came.
std::string read_secret(surroundings& around, const char* prompt, const char* missing);

server connect(const surroundings& around);
// All pages of a list; `member` is its name in the answers.
nlohmann::json all_of(const server& at, const std::string& path, const char* member);
// Of the environment that is named, or is the only one.
std::string environment_id(const surroundings& around, const server& at, const request& asked);
std::string service_path(const std::string& environment, const std::string& name);
// The service that the first argument names, as GET /services/:id has it.
nlohmann::json find_service(const surroundings& around, const server& at, const request& asked);
// Of a service: what serves, or the newest where nothing does.
nlohmann::json release_of(const nlohmann::json& service);

// Whether a refusal ends by itself: a server that is being replaced, or a limit.
bool is_passing(long status);
// What GET answers, once nothing that passes stands in its way, for half a minute. `while_away`: no answer at all does
// so, too.
std::string patient_text(const server& at, const std::string& path, bool while_away);
// Throws failure at Ctrl-C.
void pause_a_second();

// What the API accepted. Unless --no-wait says otherwise it is waited for, and each step told but those in `before`,
// the deployment's timeline of then. Throws failure where it ends in another status than `wanted`. With --json the
// answer alone is on the standard output.
int finish(surroundings& around, const request& asked, const server& at, const std::string& accepted,
           std::string_view wanted = "RUNNING", const nlohmann::json& before = nlohmann::json::array());

}  // namespace troupe::client
