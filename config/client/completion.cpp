// Shell completion, made from the table of commands.
#include <set>

#include "config/client/commands.hpp"
#include "config/client/failure.hpp"
#include "config/log_line.hpp"

namespace troupe::client {

namespace {

std::pair<std::string, std::string> split(std::string_view words) {
  const auto at = words.find(' ');
  return {std::string(words.substr(0, at)), at == std::string_view::npos ? "" : std::string(words.substr(at + 1))};
}

std::string options_of(const command& what) {
  std::string out;
  for (const auto& one : what.options) {
    if (one.letter != 0) out += std::string{'-', one.letter, ' '};
    ((out += "--") += one.name) += ' ';
  }
  return out + "--help";
}

std::set<std::string> first_words() {
  std::set<std::string> out;
  for (const auto& one : commands()) out.insert(split(one.words).first);
  return out;
}

std::string second_words(const std::string& first) {
  std::string out;
  for (const auto& one : commands())
    if (const auto [group, rest] = split(one.words); group == first && !rest.empty())
      (out += out.empty() ? "" : " ") += rest;
  return out;
}

// The words that may come next, by those before.
std::string bash_body() {
  std::string all, out = "  case \"${COMP_WORDS[1]} ${COMP_WORDS[2]}\" in\n";
  for (const auto& one : commands())
    ((out += "    '" + std::string(one.words) + (split(one.words).second.empty() ? " '*" : "'") + ") words='") +=
     options_of(one)) += "' ;;\n";
  out += "  esac\n";
  for (const auto& first : first_words()) {
    (all += all.empty() ? "" : " ") += first;
    if (const auto rest = second_words(first); !rest.empty())
      out += "  [ \"$COMP_CWORD\" = 2 ] && [ \"${COMP_WORDS[1]}\" = " + first + " ] && words='" + rest + "'\n";
  }
  return out + "  [ \"$COMP_CWORD\" = 1 ] && words='" + all + "'\n";
}

std::string bash() {
  return "_troupe() {\n  local words=''\n" + bash_body() +
         "  mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"${COMP_WORDS[COMP_CWORD]}\")\n}\n"
         "complete -o default -F _troupe troupe\n";
}

std::string zsh() {
  return "#compdef troupe\nautoload -U +X bashcompinit && bashcompinit\n_troupe() {\n  local words=''\n" + bash_body() +
         "  COMPREPLY=(${(f)\"$(compgen -W \"$words\" -- \"${COMP_WORDS[COMP_CWORD]}\")\"})\n}\n"
         "complete -o default -F _troupe troupe\n";
}

std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) c == '\'' ? out += "\\'" : out += c;
  return out + '\'';
}

std::string fish() {
  std::string out;
  for (const auto& one : commands()) {
    const auto [first, second] = split(one.words);
    std::string here = "__fish_seen_subcommand_from " + first;
    const auto rest = second_words(first);
    if (second.empty()) {
      out += "complete -c troupe -n __fish_use_subcommand -a " + first + " -d " + quoted(one.purpose) + '\n';
    } else {
      out += "complete -c troupe -n __fish_use_subcommand -a " + first + '\n';
      out += "complete -c troupe -n '" + here + "; and not __fish_seen_subcommand_from " + rest + "' -a " + second +
             " -d " + quoted(one.purpose) + '\n';
      here += "; and __fish_seen_subcommand_from " + second;
    }
    for (const auto& option : one.options) {
      out += "complete -c troupe -n '" + here + "' -l " + std::string(option.name);
      if (option.letter != 0) out += std::string(" -s ") + option.letter;
      if (!option.takes.empty()) out += " -r";
      out += " -d " + quoted(option.meaning) + '\n';
    }
  }
  return out;
}

}  // namespace

int print_completion(surroundings& around, const request& asked) {
  const auto& shell = asked.arguments[0];
  if (shell != "bash" && shell != "zsh" && shell != "fish")
    throw failure(wrong_usage,
                  '"' + log::printable(shell) + "\" is no shell that is known; there are: bash, zsh, fish");
  around.out << (shell == "bash" ? bash() : shell == "zsh" ? zsh() : fish());
  return done;
}

}  // namespace troupe::client
