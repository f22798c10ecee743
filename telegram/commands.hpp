// What people can ask of the bot: texts and button presses into commands. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "actors/model/identity.hpp"
#include "actors/model/ids.hpp"

namespace troupe::telegram {

struct greet {
  std::string invitation{};  // its token, where they came by a link that invites
};
struct explain {
  bool unasked = false;  // the text was nothing that we know
};
// A command of ours that cannot be understood: `usage` is the command's line in the table.
struct misuse {
  std::string_view name;
  std::string why;
};
struct offer_key {
  std::string name = "telegram";
  model::scope_set scopes = model::scope_set::user();
  std::optional<std::uint32_t> days = {};
  std::string instead_of{};  // the reference of the link that this one replaces
};
// A name without what the key may do: perhaps what they meant by it.
struct ask_for_scopes {
  std::string name;
  std::optional<std::uint32_t> days = {};
};
struct who_am_i {};
struct list_keys {};
struct revoke_key {
  std::string key_id;
  bool sure = false;
};
struct list_environments {};
struct list_deployments {
  std::optional<model::environment_id> environment;
};
struct show_status {
  std::variant<model::deployment_id, model::job_id> id;
};
struct show_logs {
  model::deployment_id deployment;
  std::uint32_t lines = 20;
};
struct set_notify {
  bool wanted = false;
};
struct cancel {
  model::deployment_id deployment;
  bool sure = false;
};
struct roll_back {
  model::deployment_id deployment;
  bool sure = false;
};
// An id in the form of another kind, or of none: answered like one that does not exist.
struct no_such_object {};
struct leave_it {};  // "No" to a question

using command =
    std::variant<greet, explain, misuse, who_am_i, offer_key, ask_for_scopes, list_keys, revoke_key, list_environments,
                 list_deployments, show_status, show_logs, set_notify, cancel, roll_back, no_such_object, leave_it>;

struct command_line {
  std::string_view name;  // without the slash: the Bot API's form
  std::string_view arguments;
  std::string_view summary;
};
// The command menu and the help derive from it.
std::span<const command_line> command_lines();

struct key_preset {
  std::string_view name;
  std::string_view label;
  model::scope_set scopes;
};
std::span<const key_preset> key_presets();

// `username`: the bot's, without @; "/help@other" is not ours.
command parse_text(std::string_view text, std::string_view username);
command parse_button(std::string_view data);
// Whether a press of this button answers a question, which is then over.
bool is_answer(const command& pressed);
// In a group: whether the text asks this bot.
bool is_addressed(std::string_view text, std::string_view username);

// Button data, which parse_button reads.
std::string press_offer(const key_preset& preset, const offer_key& otherwise = {});  // with other scopes
std::string press_revoke(std::string_view key_id, bool sure);
std::string press_logs(const model::deployment_id& id);
std::string press_cancel(const model::deployment_id& id, bool sure);
std::string press_roll_back(const model::deployment_id& id, bool sure);
std::string press_leave_it();

}  // namespace troupe::telegram
