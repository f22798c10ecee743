// The commands for people as a program of their own, for machines that are no server (the image `cli`): nothing that
// only the server needs is linked. Called `troupe`, it is used as the server's program is (config/commands/main.cpp).
#include <iostream>
#include <string>
#include <sysexits.h>
#include <vector>

#include "config/client/commands.hpp"
#include "config/log_line.hpp"

int main(int count, char** arguments) {
  using namespace troupe;
  const std::vector<std::string> words(arguments + 1, arguments + count);
  if (!words.empty() && client::is_client_word(words[0])) return client::run_in_process(words);
  if (!words.empty() && words[0] == "--version") {
    std::cout << "troupe " TROUPE_VERSION "\n";
    return 0;
  }
  const bool asks = words.empty() || words[0] == "--help" || words[0] == "-h";
  if (!asks)
    std::cerr << "troupe: \"" << log::printable(words[0])
              << "\" is no command here, though it may be one of the server's\n";
  (asks ? std::cout : std::cerr)
      << "troupe COMMAND, with an address and a key (docs/command-line.md); each has --help:\n"
      << client::list_commands();
  return asks ? 0 : EX_USAGE;
}
