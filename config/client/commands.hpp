// What the commands for people do. Each prints what it has to say and answers its exit code, or throws failure.
#pragma once

#include <functional>
#include <istream>
#include <optional>
#include <ostream>
#include <span>
#include <string>

#include "config/client/table.hpp"

namespace troupe::client {

// What a process brings: a test has its own.
struct surroundings {
  std::function<std::optional<std::string>(const std::string&)> variable;  // an environment variable that is not empty
  std::istream& in;
  std::ostream& out;
  std::ostream& errors;
  bool in_is_terminal = false;   // a key is asked for, without echo
  bool out_is_terminal = false;  // progress is redrawn
};

// The whole of a client's command line, without the program's name; its exit code. Throws nothing.
int run(surroundings& around, std::span<const std::string> words);
// The same in this process: its variables, streams and terminal; Ctrl-C ends a wait with words.
int run_in_process(std::span<const std::string> words);

int log_in(surroundings& around, const request& asked);
int log_out(surroundings& around, const request& asked);
int whoami(surroundings& around, const request& asked);
int list_environments(surroundings& around, const request& asked);
int create_environment(surroundings& around, const request& asked);
int deploy(surroundings& around, const request& asked);
int bring_up(surroundings& around, const request& asked);
int bring_down(surroundings& around, const request& asked);
int export_application(surroundings& around, const request& asked);
int list_services(surroundings& around, const request& asked);
int show_logs(surroundings& around, const request& asked);
int remove_environment(surroundings& around, const request& asked);
int stop_service(surroundings& around, const request& asked);
int start_service(surroundings& around, const request& asked);
int restart_service(surroundings& around, const request& asked);
int scale_service(surroundings& around, const request& asked);
int roll_back(surroundings& around, const request& asked);
int remove_service(surroundings& around, const request& asked);
int show_history(surroundings& around, const request& asked);
int show_events(surroundings& around, const request& asked);
int open_service(surroundings& around, const request& asked);
int list_variables(surroundings& around, const request& asked);
int set_variable(surroundings& around, const request& asked);
int unset_variable(surroundings& around, const request& asked);
int list_registries(surroundings& around, const request& asked);
int log_in_to_registry(surroundings& around, const request& asked);
int log_out_of_registry(surroundings& around, const request& asked);
int print_completion(surroundings& around, const request& asked);

}  // namespace troupe::client
