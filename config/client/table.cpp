#include "config/client/table.hpp"

#include <algorithm>

#include "config/client/commands.hpp"
#include "config/client/failure.hpp"
#include "config/log_line.hpp"

namespace troupe::client {

namespace {

const option json_flag{.name = "json", .meaning = "Print the API's answer as it is"};
const option environment{"environment", 'e', "NAME", "Which environment; default: TROUPE_ENVIRONMENT, or the only one"};
const option url{.name = "url", .takes = "URL", .meaning = "The server's address, in place of the one logged in to"};
const option key{.name = "key", .takes = "KEY", .meaning = "The key; safer in TROUPE_API_KEY"};

const option yes{.name = "yes", .meaning = "It is meant"};
const option no_wait{.name = "no-wait", .meaning = "Return once it is accepted"};

std::string_view first_word(std::string_view words) {
  return words.substr(0, words.find(' '));
}

std::size_t count_words(std::string_view text) {
  return text.empty() ? 0 : 1 + static_cast<std::size_t>(std::count(text.begin(), text.end(), ' '));
}

[[noreturn]] void refuse(const command& what, const std::string& why) {
  throw failure(wrong_usage, why + "; see `troupe " + std::string(what.words) + " --help`");
}

const option& option_of(const command& what, std::string_view written) {
  for (const auto& one : what.options) {
    if (written.starts_with("--") && written.substr(2) == one.name) return one;
    if (written.size() == 2 && one.letter != 0 && written[1] == one.letter) return one;
  }
  refuse(what, '"' + log::printable(written) + "\" is no option of `troupe " + std::string(what.words) + '`');
}

std::string written_form(const option& one) {
  std::string out = one.letter != 0 ? std::string{'-', one.letter, ',', ' '} : "    ";
  (out += "--") += one.name;
  if (!one.takes.empty()) (out += ' ') += one.takes;
  return out;
}

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

}  // namespace

std::span<const command> commands() {
  static const std::vector<command> all{
      {"login",
       "URL",
       "Check a key at a server and keep both for the other commands",
       "troupe login https://troupe.example.org\ntroupe login https://troupe.example.org < key.txt",
       {{.name = "key", .takes = "KEY", .meaning = "The key; without: asked for, or read from the standard input"},
        json_flag},
       log_in},
      {"logout", "", "Forget the server and the key", "troupe logout", {}, log_out},
      {"whoami",
       "",
       "Whose the key is, what it may, and what is used of its limits",
       "troupe whoami\nTROUPE_API_KEY=… troupe whoami --url https://troupe.example.org",
       {url, key, json_flag},
       whoami},
      {"env list", "", "Your environments", "troupe env list", {json_flag}, list_environments},
      {"env create", "NAME", "Create an environment", "troupe env create shop", {json_flag}, create_environment},
      {"env remove",
       "NAME",
       "Delete an environment with everything in it, volumes too",
       "troupe env remove shop --yes",
       {yes, json_flag},
       remove_environment},
      {"env set",
       "SERVICE NAME=VALUE",
       "The same as vars set",
       "troupe env set web GREETING=hello",
       {environment, no_wait, json_flag},
       set_variable},
      {"env unset",
       "SERVICE NAME",
       "The same as vars unset",
       "troupe env unset web GREETING",
       {environment, no_wait, json_flag},
       unset_variable},
      {"deploy",
       "SERVICE",
       "Deploy a new service, or a change of one: what is not named stays",
       "troupe deploy web --image nginx --tag 1.26 --port 8081:80 --var GREETING=hello\ntroupe deploy web --tag 1.27\n"
       "troupe deploy migrate --job --image registry.example/migrate --backoff-limit 2",
       {environment,
        {.name = "image", .takes = "IMAGE", .meaning = "Needed for a new service"},
        {.name = "tag", .takes = "TAG", .meaning = "The image's tag"},
        {.name = "port",
         .takes = "[HOST:]CONTAINER",
         .meaning = "A port; those named take the place of all",
         .repeats = true},
        {.name = "var", .takes = "NAME=VALUE", .meaning = "A variable of the containers", .repeats = true},
        {.name = "job", .meaning = "Its program is to end: exit code 0 is its success"},
        {.name = "backoff-limit", .takes = "COUNT", .meaning = "How often a job is tried again; default: 0"},
        {.name = "deadline", .takes = "SECONDS", .meaning = "When a job is ended and has failed; default: 3600"},
        {.name = "wait", .meaning = "Wait until it runs, a job until its end, or has failed (the default)"},
        no_wait,
        json_flag},
       deploy},
      {"up",
       "",
       "Deploy a Compose file as one: shows what would change, then does it",
       "troupe up\ntroupe up -f compose.yaml --plan\ntroupe up --yes --prune --var TAG=1.27",
       {environment,
        {.name = "file", .letter = 'f', .takes = "FILE", .meaning = "Default: compose.yaml or docker-compose.yml here"},
        {.name = "plan", .meaning = "Only show what would change"},
        {.name = "yes", .letter = 'y', .meaning = "Do it without asking"},
        {.name = "prune", .meaning = "Remove services that the file does not name; volumes stay"},
        {.name = "keep", .meaning = "Where a service fails, keep what was changed; default: all goes back"},
        {.name = "profile", .takes = "NAME", .meaning = "Services of this profile, too", .repeats = true},
        {.name = "var", .takes = "NAME=VALUE", .meaning = "For ${NAME} in the file", .repeats = true},
        {.name = "env-file", .takes = "FILE", .meaning = "Variables for the file; default: .env beside it"},
        no_wait,
        json_flag},
       bring_up},
      {"down",
       "",
       "Remove all services of an environment; volumes stay",
       "troupe down --yes",
       {environment, {.name = "yes", .letter = 'y', .meaning = "Do it without asking"}, no_wait, json_flag},
       bring_down},
      {"export",
       "",
       "What stands, as a Compose file; variables without their values",
       "troupe export > compose.yaml",
       {environment},
       export_application},
      {"ps",
       "",
       "An environment's services and how they are",
       "troupe ps\ntroupe ps -e shop --json",
       {environment, json_flag},
       list_services},
      {"logs",
       "SERVICE",
       "What a service's containers wrote",
       "troupe logs web --tail 20\ntroupe logs web -f --since 10m",
       {environment,
        {.name = "follow", .letter = 'f', .meaning = "Go on with what comes"},
        {.name = "since", .takes = "TIME", .meaning = "From an RFC 3339 time on, or such as 10m ago"},
        {.name = "tail", .takes = "COUNT", .meaning = "The newest lines; default: 100"},
        json_flag},
       show_logs},
      {"events",
       "SERVICE",
       "The steps of its release: what serves, or the newest",
       "troupe events web",
       {environment, json_flag},
       show_events},
      {"history",
       "SERVICE",
       "The newest ten releases of a service",
       "troupe history web",
       {environment, json_flag},
       show_history},
      {"rollback",
       "SERVICE",
       "Go back to the release that ran before, or to another of its history",
       "troupe rollback web\ntroupe rollback web --to dep_aaaaaaaaaaaaaaaa",
       {environment, {.name = "to", .takes = "DEPLOYMENT", .meaning = "Which release"}, no_wait, json_flag},
       roll_back},
      {"scale",
       "SERVICE COUNT",
       "Run so many containers of a service",
       "troupe scale web 3",
       {environment, no_wait, json_flag},
       scale_service},
      {"restart",
       "SERVICE",
       "Start its containers anew",
       "troupe restart web",
       {environment, no_wait, json_flag},
       restart_service},
      {"stop",
       "SERVICE",
       "Stop a service; nothing of it is lost",
       "troupe stop web",
       {environment, no_wait, json_flag},
       stop_service},
      {"start",
       "SERVICE",
       "Start a stopped service",
       "troupe start web",
       {environment, no_wait, json_flag},
       start_service},
      {"remove",
       "SERVICE",
       "Remove a service; its volumes stay with the environment",
       "troupe remove web --yes",
       {environment, yes, no_wait, json_flag},
       remove_service},
      {"open",
       "SERVICE",
       "Where a service is reached; with --domain, put it on the internet there",
       "troupe open web\ntroupe open web --domain shop.example.org",
       {environment,
        {.name = "domain", .takes = "NAME", .meaning = "A host name that leads to this server"},
        json_flag},
       open_service},
      {"vars list",
       "SERVICE",
       "The names of its variables; values are never shown",
       "troupe vars list web",
       {environment, json_flag},
       list_variables},
      {"vars set",
       "SERVICE NAME=VALUE",
       "Release it with this variable",
       "troupe vars set web GREETING=hello",
       {environment, no_wait, json_flag},
       set_variable},
      {"vars unset",
       "SERVICE NAME",
       "Release it without this variable",
       "troupe vars unset web GREETING",
       {environment, no_wait, json_flag},
       unset_variable},
      {"registry list",
       "",
       "The registries to which you have given a login",
       "troupe registry list",
       {json_flag},
       list_registries},
      {"registry login",
       "REGISTRY",
       "Give a login to a registry: your private images are pulled with it",
       "troupe registry login ghcr.io --username alice < token.txt",
       {{.name = "username", .takes = "NAME", .meaning = "The password is asked for, or read from the standard input"},
        json_flag},
       log_in_to_registry},
      {"registry logout",
       "REGISTRY",
       "Take a login back",
       "troupe registry logout ghcr.io",
       {json_flag},
       log_out_of_registry},
      {"completion",
       "SHELL",
       "Print the completion for bash, zsh or fish",
       "source <(troupe completion bash)\ntroupe completion fish > ~/.config/fish/completions/troupe.fish",
       {},
       print_completion},
  };
  return all;
}

std::optional<std::string> request::value(std::string_view name) const {
  const auto found = options.find(name);
  return found == options.end() ? std::nullopt : std::optional(found->second.back());
}

match find_command(std::span<const std::string> words) {
  for (const auto& one : commands()) {
    const auto count = count_words(one.words);
    if (words.size() < count) continue;
    if ((count == 1 ? words[0] : words[0] + ' ' + words[1]) == one.words) return {&one, count};
  }
  return {};
}

bool is_client_word(std::string_view word) {
  return std::any_of(commands().begin(), commands().end(),
                     [&](const command& one) { return first_word(one.words) == word; });
}

request parse(const command& what, std::span<const std::string> words) {
  request out;
  bool only_arguments = false;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "--" && !only_arguments) {
      only_arguments = true;
    } else if (only_arguments || word.size() < 2 || word[0] != '-') {
      out.arguments.push_back(word);
    } else {
      const auto equals = word.starts_with("--") ? word.find('=') : std::string::npos;
      const auto& known = option_of(what, std::string_view(word).substr(0, equals));
      auto& values = out.options[std::string(known.name)];
      if (!values.empty() && !known.repeats) refuse(what, "--" + std::string(known.name) + " is there twice");
      if (known.takes.empty() && equals != std::string::npos)
        refuse(what, "--" + std::string(known.name) + " takes no value");
      if (known.takes.empty())
        values.emplace_back();
      else if (equals != std::string::npos)
        values.push_back(word.substr(equals + 1));
      else if (++i < words.size())
        values.push_back(words[i]);
      else
        refuse(what, "--" + std::string(known.name) + " needs a value: " + std::string(known.takes));
    }
  }
  const auto wanted = count_words(what.arguments);
  if (out.arguments.size() < wanted)
    refuse(what, "`troupe " + std::string(what.words) + "` needs " + std::string(what.arguments));
  if (out.arguments.size() > wanted)
    refuse(what, '"' + log::printable(out.arguments[wanted]) + "\" is one word too many");
  return out;
}

std::string help_of(const command& what) {
  std::string out = "troupe " + std::string(what.words);
  if (!what.arguments.empty()) (out += ' ') += what.arguments;
  if (!what.options.empty()) out += " [options]";
  ((out += "\n\n") += what.purpose) += ".\n";
  if (!what.options.empty()) out += "\nOptions:\n";
  for (const auto& one : what.options)
    ((out += "  " + padded(written_form(one), 32)) += one.meaning) += one.repeats ? "; may be repeated\n" : "\n";
  out += "\nExamples:\n  ";
  for (const char c : what.examples) c == '\n' ? out += "\n  " : out += c;
  return out + '\n';
}

std::string list_commands(std::string_view group) {
  std::string out;
  for (const auto& one : commands()) {
    if (!group.empty() && first_word(one.words) != group) continue;
    std::string form(one.words);
    if (!one.arguments.empty()) (form += ' ') += one.arguments;
    ((out += "  " + padded(form, 30)) += one.purpose) += '\n';
  }
  return out;
}

}  // namespace troupe::client
