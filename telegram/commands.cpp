#include "telegram/commands.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>
#include <vector>

namespace troupe::telegram {

namespace {

using model::scope;
using arguments = std::vector<std::string_view>;

constexpr std::uint32_t most_days = 3650, most_lines = 200;
constexpr std::size_t longest_name = 30;  // bytes: it goes into a button, with all else that the button says
constexpr std::string_view invitation = "inv_";

constexpr std::array<command_line, 11> lines{{
    {"start", "", "Begin here"},
    {"whoami", "", "Who you are here, and what is used of your limits"},
    {"api_create", "[name] [full|read|deploy or scopes] [days]", "A link that gives you an API key"},
    {"api_list", "", "Your API keys"},
    {"api_revoke", "<keyId>", "Revoke an API key"},
    {"environments", "", "Your environments"},
    {"deployments", "[environment]", "Your deployments"},
    {"status", "<job or deployment>", "How a deployment is doing"},
    {"logs", "<deployment> [lines]", "What its containers wrote"},
    {"notify", "on|off", "Tell me of my deployments, or do not"},
    {"help", "", "What I can do"},
}};

constexpr std::array<key_preset, 3> presets{{
    {"full", "Everything", model::scope_set::user()},
    {"read", "Read only", {scope::environments_read, scope::deployments_read, scope::logs_read}},
    {"deploy",
     "Deploy",
     {scope::environments_read, scope::deployments_read, scope::deployments_write, scope::logs_read}},
}};

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
bool same_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

arguments split(std::string_view text, std::string_view separators) {
  arguments out;
  while (true) {
    const auto start = text.find_first_not_of(separators);
    if (start == text.npos) return out;
    text.remove_prefix(start);
    const auto end = std::min(text.find_first_of(separators), text.size());
    out.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
}

std::optional<std::uint32_t> number(std::string_view text, std::uint32_t least, std::uint32_t most) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < least || value > most) return std::nullopt;
  return value;
}

// A preset or a list of scopes; ADMIN is no user's.
std::optional<model::scope_set> scopes_of(std::string_view text) {
  for (const auto& preset : presets)
    if (same_name(preset.name, text)) return preset.scopes;
  model::scope_set out;
  for (const auto one : split(text, ",")) {
    std::string upper(one);
    std::transform(upper.begin(), upper.end(), upper.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
    const auto found = model::scope_texts.parse(upper);
    if (!found || *found == scope::admin) return std::nullopt;
    out.add(*found);
  }
  return out.empty() ? std::nullopt : std::optional(out);
}

bool is_key_name(std::string_view text) {
  return !text.empty() && text.size() <= longest_name &&
         std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) > ' ' && c != 0x7f; });
}
bool is_key_id(std::string_view text) {
  return text.size() == 16 &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= '2' && c <= '7'); });
}

bool is_number(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  if (text.ends_with('d')) text.remove_suffix(1);
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// What a word of /api_create can be besides a name.
struct offer_words {
  offer_key out;
  bool named = false, scoped = false;
  std::string fault;

  void read(std::string_view word) {
    if (is_number(word)) return read_days(word);
    if (const auto scopes = scopes_of(word); scopes && !scoped) {
      out.scopes = *scopes;
      scoped = true;
    } else if (!named && !scoped && is_key_name(word)) {
      out.name = word;
      named = true;
    } else {
      refuse(word);
    }
  }
  void read_days(std::string_view word) {
    const auto days = number(word.ends_with('d') ? word.substr(0, word.size() - 1) : word, 1, most_days);
    if (!days || out.days)
      fault = "A key lives 1 to " + std::to_string(most_days) + " days, said once; without a number it has no end.";
    else
      out.days = days;
  }
  void refuse(std::string_view word) {
    fault = word.size() > longest_name
                ? "A key's name has at most " + std::to_string(longest_name) + " bytes."
                : "I do not understand \"" + std::string(word) +
                      "\". What a key may do is full, read, deploy, or scopes " + "such as LOGS_READ,DEPLOYMENTS_READ.";
  }
};

command offer_of(const arguments& args) {
  offer_words words;
  for (const auto arg : args) {
    words.read(arg);
    if (!words.fault.empty()) return misuse{"api_create", words.fault};
  }
  if (words.named && !words.scoped) return ask_for_scopes{words.out.name, words.out.days};
  return words.out;
}

// As press_offer() says it.
command pressed_offer(std::string_view argument) {
  offer_key out;
  bool scoped = false;
  for (const auto word : split(argument, " ")) {
    const auto rest = word.substr(1);
    if (word.starts_with('=') && is_key_name(rest))
      out.name = rest;
    else if (word.starts_with('~') && !rest.empty())
      out.instead_of = rest;
    else if (const auto days = number(word, 1, most_days); days && !out.days)
      out.days = days;
    else if (const auto scopes = scopes_of(word); scopes && !std::exchange(scoped, true))
      out.scopes = *scopes;
    else
      return explain{true};
  }
  return scoped ? command(out) : command(explain{true});
}

command greet_of(const arguments& args) {
  if (args.size() != 1 || !args[0].starts_with(invitation)) return greet{};
  return greet{std::string(args[0].substr(invitation.size()))};
}

command revoke_of(const arguments& args) {
  if (args.size() != 1) return list_keys{};
  if (!is_key_id(args[0])) return no_such_object{};
  return revoke_key{std::string(args[0])};
}

command deployments_of(const arguments& args) {
  if (args.empty()) return list_deployments{};
  if (args.size() > 1) return misuse{"deployments", "Give me one environment's id, or none."};
  const auto id = model::parse_id<model::environment_id>(args[0]);
  if (!id) return no_such_object{};
  return list_deployments{*id};
}

command status_of(const arguments& args) {
  if (args.size() != 1) return misuse{"status", "Give me the id of a job or of a deployment."};
  if (const auto job = model::parse_id<model::job_id>(args[0])) return show_status{*job};
  if (const auto id = model::parse_id<model::deployment_id>(args[0])) return show_status{*id};
  return no_such_object{};
}

command logs_of(const arguments& args) {
  if (args.empty() || args.size() > 2) return misuse{"logs", "Give me a deployment's id."};
  const auto id = model::parse_id<model::deployment_id>(args[0]);
  if (!id) return no_such_object{};
  show_logs out{*id};
  if (args.size() == 1) return out;
  const auto count = number(args[1], 1, most_lines);
  if (!count) return misuse{"logs", "The number of lines is 1 to " + std::to_string(most_lines) + "."};
  out.lines = *count;
  return out;
}

command notify_of(const arguments& args) {
  if (args.size() == 1 && same_name(args[0], "on")) return set_notify{true};
  if (args.size() == 1 && same_name(args[0], "off")) return set_notify{false};
  return misuse{"notify", "Say on or off."};
}

struct addressed {
  std::string_view name, rest;
  bool ours = false;
};
addressed address_of(std::string_view text, std::string_view username) {
  if (!text.starts_with('/')) return {};
  text.remove_prefix(1);
  const auto end = std::min(text.find_first_of(" \t\r\n"), text.size());
  auto name = text.substr(0, end);
  const auto at = name.find('@');
  const bool ours = at == name.npos || same_name(name.substr(at + 1), username);
  return {name.substr(0, at), text.substr(end), ours};
}

}  // namespace

std::span<const command_line> command_lines() {
  return lines;
}
std::span<const key_preset> key_presets() {
  return presets;
}

command parse_text(std::string_view text, std::string_view username) {
  const auto to = address_of(text, username);
  if (!to.ours) return explain{true};
  const auto args = split(to.rest, " \t\r\n");
  const auto is = [&](std::string_view name) { return same_name(to.name, name); };
  if (is("start")) return greet_of(args);
  if (is("help")) return explain{};
  if (is("whoami")) return who_am_i{};
  if (is("api_create")) return offer_of(args);
  if (is("api_list")) return list_keys{};
  if (is("api_revoke")) return revoke_of(args);
  if (is("environments")) return list_environments{};
  if (is("deployments")) return deployments_of(args);
  if (is("status")) return status_of(args);
  if (is("logs")) return logs_of(args);
  if (is("notify")) return notify_of(args);
  return explain{true};
}

bool is_addressed(std::string_view text, std::string_view username) {
  const auto to = address_of(text, username);
  return to.ours &&
         std::any_of(lines.begin(), lines.end(), [&](const auto& one) { return same_name(one.name, to.name); });
}

// "<letter>:<argument>"; a capital letter: sure.
command parse_button(std::string_view data) {
  if (data == press_leave_it()) return leave_it{};
  if (data.size() < 3 || data[1] != ':') return explain{true};
  const auto argument = data.substr(2);
  const bool sure = data[0] >= 'A' && data[0] <= 'Z';
  const auto deployment = model::parse_id<model::deployment_id>(argument);
  switch (lower(data[0])) {
    case 'k': return pressed_offer(argument);
    case 'r': return is_key_id(argument) ? command(revoke_key{std::string(argument), sure}) : command(no_such_object{});
    case 'l': return deployment ? command(show_logs{*deployment}) : command(no_such_object{});
    case 'c': return deployment ? command(cancel{*deployment, sure}) : command(no_such_object{});
    case 'b': return deployment ? command(roll_back{*deployment, sure}) : command(no_such_object{});
    default: return explain{true};
  }
}

bool is_answer(const command& pressed) {
  const auto sure = [](const auto* one) { return one && one->sure; };
  return std::holds_alternative<offer_key>(pressed) || std::holds_alternative<leave_it>(pressed) ||
         sure(std::get_if<revoke_key>(&pressed)) || sure(std::get_if<cancel>(&pressed)) ||
         sure(std::get_if<roll_back>(&pressed));
}

std::string press_offer(const key_preset& preset, const offer_key& otherwise) {
  auto out = "k:" + std::string(preset.name);
  if (otherwise.days) out += ' ' + std::to_string(*otherwise.days);
  if (otherwise.name != offer_key{}.name && is_key_name(otherwise.name)) out += " =" + otherwise.name;
  if (!otherwise.instead_of.empty()) out += " ~" + otherwise.instead_of;
  return out;
}
std::string press_revoke(std::string_view key_id, bool sure) {
  return (sure ? "R:" : "r:") + std::string(key_id);
}
std::string press_logs(const model::deployment_id& id) {
  return "l:" + id.text;
}
std::string press_cancel(const model::deployment_id& id, bool sure) {
  return (sure ? "C:" : "c:") + id.text;
}
std::string press_roll_back(const model::deployment_id& id, bool sure) {
  return (sure ? "B:" : "b:") + id.text;
}
std::string press_leave_it() {
  return "no";
}

}  // namespace troupe::telegram
