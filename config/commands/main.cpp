// The command line. Exit codes of the operators' commands: 0 done, 1 failed, 64 wrong command line, 78 wrong settings
// (sysexits.h); config/client has those of the commands for people.
#include <algorithm>
#include <exception>
#include <functional>
#include <iostream>
#include <string>
#include <sysexits.h>
#include <variant>
#include <vector>

#include <CLI/CLI.hpp>

#include "config/client/commands.hpp"
#include "config/commands/doctor.hpp"
#include "config/commands/invite.hpp"
#include "config/commands/key.hpp"
#include "config/commands/master_key.hpp"
#include "config/commands/migrate.hpp"
#include "config/commands/serve.hpp"
#include "config/commands/show_config.hpp"
#include "config/log_line.hpp"
#include "config/logging.hpp"
#include "config/settings.hpp"

namespace {

using namespace troupe;
using command = std::function<int(const config::settings&)>;

int with_settings(const command& run) {
  const auto parsed = config::parse(config::process_environment);
  if (const auto* violations = std::get_if<std::vector<config::violation>>(&parsed)) {
    for (const auto& [setting, message] : *violations) std::cerr << setting << ": " << message << '\n';
    return EX_CONFIG;
  }
  const auto& settings = std::get<config::settings>(parsed);
  log::start(settings);
  try {
    return run(settings);
  } catch (const std::exception& failure) {
    std::cerr << "troupe: " << log::printable(log::redact(failure.what())) << '\n';
    return 1;
  }
}

// The first word that stands where a command should and is none, with those there are; "" where there is no such word.
std::string find_unknown_command(const CLI::App& app, int count, char** arguments) {
  const auto* at = &app;
  for (int i = 1; i < count && arguments[i][0] != '-'; ++i) {
    const auto known = at->get_subcommands([](const CLI::App*) { return true; });
    if (known.empty()) return {};
    const auto found =
        std::find_if(known.begin(), known.end(), [&](const CLI::App* one) { return one->get_name() == arguments[i]; });
    if (found != known.end()) {
      at = *found;
      continue;
    }
    std::string names;
    for (const auto* one : known) (names += names.empty() ? "" : ", ") += one->get_name();
    if (at == &app) names += "; --help lists those for people too";
    return '"' + log::printable(arguments[i]) + "\" is no command; there are: " + names;
  }
  return {};
}

}  // namespace

int main(int count, char** arguments) {
  // A person's commands: this machine's settings are none of their concern.
  if (count > 1 && client::is_client_word(arguments[1]))
    return client::run_in_process(std::vector<std::string>(arguments + 1, arguments + count));

  CLI::App app{"A deployment engine for Docker Swarm. Settings are environment variables: see `troupe config`.",
               "troupe"};
  app.set_version_flag("--version", "troupe " TROUPE_VERSION);
  app.require_subcommand(1);
  app.footer("For people who have an API key, from any machine (docs/command-line.md):\n" + client::list_commands());

  command chosen;
  const auto add = [&](CLI::App& parent, const char* name, const char* purpose, command run) {
    auto* subcommand = parent.add_subcommand(name, purpose);
    subcommand->callback([&chosen, run = std::move(run)] { chosen = run; });
    return subcommand;
  };

  add(app, "serve", "Run the server until SIGTERM; applies pending migrations first", commands::serve);

  bool as_json = false, as_example = false;
  auto* show = add(app, "config", "Show every setting, its value in force and where it came from",
                   [&](const config::settings& settings) {
                     using commands::config_output;
                     return commands::show_config(settings,
                                                  as_json      ? config_output::json
                                                  : as_example ? config_output::example
                                                               : config_output::table,
                                                  std::cout);
                   });
  auto* json_flag = show->add_flag("--json", as_json, "As JSON");
  show->add_flag("--example", as_example, "Print .env.example instead: all settings with comments and defaults")
      ->excludes(json_flag);

  bool check_only = false;
  add(app, "migrate", "Bring the database's schema up to date", [&](const config::settings& settings) {
    return commands::migrate(settings, check_only, std::cout, std::cerr);
  })->add_flag("--check", check_only, "Apply nothing; exit 1 where migrations are pending");

  auto* key = app.add_subcommand("key", "Make, list and revoke API keys, straight in the database");
  key->require_subcommand(1);
  commands::new_key wanted;
  auto* create = add(
      *key, "create", "Make a key and print it, once, as the last line",
      [&](const config::settings& settings) { return commands::create_key(settings, wanted, std::cout, std::cerr); });
  create->add_option("--name", wanted.name, "What it is for")->required()->check(commands::wrong_name, "TEXT");
  create
      ->add_option("--scopes", wanted.scopes,
                   "What it may do; default: everything; all but ADMIN for users other than the operator, and with "
                   "--environments")
      ->check(commands::wrong_scopes, "A,B");
  create
      ->add_option("--environments", wanted.environments,
                   "Ids of the only environments it opens; default: all of its user's")
      ->check(commands::wrong_environments, "A,B");
  create->add_option("--expires-in", wanted.expires_in, "Its life, such as 12h or 90d; default: for ever")
      ->check(commands::wrong_lifetime, "DURATION");
  create->add_option("--user", wanted.user, "Whose it is; default: operator")->check(commands::wrong_user, "HANDLE");
  bool keys_as_json = false;
  add(*key, "list", "All keys that are not revoked, without their secrets", [&](const config::settings& settings) {
    return commands::list_keys(settings, keys_as_json, std::cout, std::cerr);
  })->add_flag("--json", keys_as_json, "As JSON");
  std::string key_id;
  add(*key, "revoke", "Make a key useless",
      [&](const config::settings& settings) { return commands::revoke_key(settings, key_id, std::cout, std::cerr); })
      ->add_option("keyId", key_id, "As `troupe key list` shows it")
      ->required()
      ->check(commands::wrong_key_id, "KEYID");

  auto* invite = app.add_subcommand("invite", "Make, list and revoke invitations to the bot (TELEGRAM_ACCESS=invite)");
  invite->require_subcommand(1);
  commands::new_invite guests;
  auto* invitation = add(*invite, "create", "Make an invitation and print its link, once, as the last line",
                         [&](const config::settings& settings) {
                           return commands::create_invite(settings, guests, std::cout, std::cerr);
                         });
  invitation->add_option("--uses", guests.uses, "How many people it lets in; default: 1")->check(CLI::Range(1, 10'000));
  invitation->add_option("--lifetime", guests.lifetime, "Until when it is good, such as 12h; default: 7d")
      ->check(commands::wrong_invite_lifetime, "DURATION");
  add(*invite, "list", "Invitations that are good or were used, and by whom",
      [](const config::settings& settings) { return commands::list_invites(settings, std::cout, std::cerr); });
  std::string invite_id;
  add(*invite, "revoke", "Let nobody in by an invitation any more; who has a key stays",
      [&](const config::settings& settings) {
        return commands::revoke_invite(settings, invite_id, std::cout, std::cerr);
      })
      ->add_option("inviteId", invite_id, "As `troupe invite list` shows it")
      ->required()
      ->check(commands::wrong_invite_id, "INVITEID");

  auto* secrets = app.add_subcommand("secrets", "Look after the key that opens what is sealed in the database");
  secrets->require_subcommand(1);
  add(*secrets, "rotate", "Put a new master key in the place of the one in force, also while the server runs",
      [](const config::settings& settings) { return commands::rotate_master_key(settings, std::cout, std::cerr); });

  commands::seen_outside seen;
  std::vector<std::string> told;
  add(app, "doctor", "Check what the server needs, and say how to mend what is wrong",
      [&](const config::settings& settings) { return commands::doctor(settings, seen, std::cout); })
      ->add_option("--seen", told,
                   "What was looked at outside of the container that this program is in: isolation=yes|no, "
                   "no-new-privileges=yes|no")
      ->check([&seen](const std::string& text) { return commands::take_seen(text, seen); }, "FACT=yes|no");

  // Of such a word CLI11 says only that a subcommand is needed.
  if (const auto unknown = find_unknown_command(app, count, arguments); !unknown.empty()) {
    std::cerr << "troupe: " << unknown << "\nRun with --help for more information.\n";
    return EX_USAGE;
  }
  try {
    app.parse(count, arguments);
  } catch (const CLI::ParseError& answer) {
    return app.exit(answer) == 0 ? 0 : EX_USAGE;
  }
  return with_settings(chosen);
}
