// The commands for people, said once: dispatch, help and shell completion derive from this table.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::client {

struct surroundings;

struct option {
  std::string_view name;     // without dashes
  char letter = 0;           // its short form; 0: none
  std::string_view takes{};  // what its value is; "": it takes none
  std::string_view meaning{};
  bool repeats = false;
};

// What the caller wrote after the command's words.
struct request {
  std::vector<std::string> arguments;
  std::map<std::string, std::vector<std::string>, std::less<>> options;

  bool has(std::string_view name) const { return options.contains(name); }
  // The last value given; nothing where none was.
  std::optional<std::string> value(std::string_view name) const;
};

struct command {
  std::string_view words;      // one or two, such as "env list"
  std::string_view arguments;  // such as "SERVICE"; each is needed
  std::string_view purpose;
  std::string_view examples;  // a line each
  std::vector<option> options;
  int (*run)(surroundings&, const request&);
};

std::span<const command> commands();

// The command that the words begin with, and how many of them name it.
struct match {
  const command* found = nullptr;
  std::size_t words = 0;
};
match find_command(std::span<const std::string> words);

// Whether the first word begins a command for people.
bool is_client_word(std::string_view word);

// Throws failure (wrong_usage), which names what is wrong.
request parse(const command& what, std::span<const std::string> words);

std::string help_of(const command& what);
// A line for each command; `group`: only those that begin with it, "" for all.
std::string list_commands(std::string_view group = {});

}  // namespace troupe::client
