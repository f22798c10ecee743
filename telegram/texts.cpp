#include "telegram/texts.hpp"

#include <algorithm>

#include "config/utf8.hpp"

namespace troupe::telegram::texts {

namespace {

using model::deployment;
using model::deployment_status;

// Nothing to see, or turns the reading direction.
bool is_invisible(char32_t c) {
  return (c < 0x20 && c != '\n' && c != '\t') || (c >= 0x7F && c < 0xA0) || (c >= 0x200B && c <= 0x200F) ||
         (c >= 0x202A && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF || (c >= 0xE0000 && c <= 0xE007F);
}

// Behind an ESC: the length of the terminal sequence.
std::size_t terminal_sequence(std::string_view s) {
  if (s.empty()) return 0;
  if (s[0] == '[') {
    std::size_t i = 1;
    while (i < s.size() && (s[i] < 0x40 || s[i] > 0x7E) && s[i] >= 0x20) ++i;
    return std::min(i + 1, s.size());
  }
  if (s[0] == ']' || s[0] == 'P' || s[0] == '^' || s[0] == '_') {
    const auto end = s.find_first_of("\a\x1b\n");
    if (end == s.npos) return s.size();
    return s[end] == '\x1b' && end + 1 < s.size() && s[end + 1] == '\\' ? end + 2 : s[end] == '\a' ? end + 1 : end;
  }
  return 1;
}

std::string plain(std::string_view text, std::size_t units) {
  return escape(shorten(clean(text), units));
}
std::string code(std::string_view text, std::size_t units = 100) {
  return "<code>" + plain(text, units) + "</code>";
}
std::string bold(std::string_view text, std::size_t units = 200) {
  return "<b>" + plain(text, units) + "</b>";
}

std::string ago(model::timestamp then, model::timestamp now) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now - then).count();
  if (seconds < 60) return "just now";
  if (seconds < 3600) return std::to_string(seconds / 60) + " min ago";
  if (seconds < 2 * 86400) return std::to_string(seconds / 3600) + " h ago";
  return std::to_string(seconds / 86400) + " days ago";
}

std::string scope_list(model::scope_set scopes) {
  for (const auto& preset : key_presets())
    if (preset.scopes == scopes) return std::string(preset.name);
  std::string out;
  for (const auto one : scopes.texts()) (out += out.empty() ? "" : ", ") += one;
  return out;
}

std::string ids_of(const std::vector<model::environment_id>& environments) {
  std::string out;
  for (const auto& id : environments) (out += out.empty() ? "" : ", ") += id.text;
  return out;
}

std::string name_of(const deployment& d) {
  return bold(d.spec.service, 64) + " (" + code(d.id.text) + ")";
}
std::string_view status_text(const deployment& d) {
  return model::deployment_status_texts[d.status];
}

button logs_button(const deployment& d) {
  return {"Logs", press_logs(d.id)};
}
button roll_back_button(const deployment& d) {
  return {"Roll back", press_roll_back(d.id, false)};
}
button cancel_button(const deployment& d) {
  return {"Cancel", press_cancel(d.id, false)};
}

// A job leaves nothing to go back to.
keyboard logs_and_way_back(const deployment& d) {
  if (d.spec.job) return {{logs_button(d)}};
  return {{logs_button(d), roll_back_button(d)}};
}

keyboard buttons_for(const deployment& d) {
  std::vector<button> row{logs_button(d)};
  const bool under_way = !model::is_settled(d.status) && d.status != deployment_status::removing;
  if (under_way || model::is_running_job(d)) row.push_back(cancel_button(d));
  if (d.spec.job) return {row};
  if (d.status == deployment_status::running || d.status == deployment_status::failed ||
      d.status == deployment_status::superseded)
    row.push_back(roll_back_button(d));
  return {row};
}

std::string failure_text(const model::failure& f) {
  std::string out = "\n" + code(model::failure_code_texts[f.code]) + " " + plain(f.message, 500);
  if (!f.hint.empty()) out += "\n<i>" + plain(f.hint, 500) + "</i>";
  if (!f.detail.empty()) out += "\n<pre>" + plain(f.detail, 1000) + "</pre>";
  return out;
}

keyboard yes_or_no(std::string yes, std::string data) {
  return {{{std::move(yes), std::move(data)}, {"No", press_leave_it()}}};
}

// A list that ends in time: one entry a line.
class listing {
public:
  explicit listing(std::string head) : out_(std::move(head)) {}
  void add(const std::string& entry) {
    if (left_out_ > 0 || utf16_length(out_) + utf16_length(entry) > longest - 100)
      ++left_out_;
    else
      out_ += '\n' + entry;
  }
  std::string text() const { return left_out_ == 0 ? out_ : out_ + "\n… and " + std::to_string(left_out_) + " more."; }

private:
  std::string out_;
  std::size_t left_out_ = 0;
};

}  // namespace

std::size_t utf16_length(std::string_view s) {
  std::size_t out = 0;
  for (char32_t c = 0; !s.empty();) {
    const auto size = config::first_character(s, c);
    out += size == 4 ? 2 : 1;
    s.remove_prefix(std::max<std::size_t>(size, 1));
  }
  return out;
}

std::string clean(std::string_view s) {
  std::string out;
  for (char32_t c = 0; !s.empty();) {
    const auto size = config::first_character(s, c);
    if (size == 0)
      out += "\xEF\xBF\xBD";
    else if (!is_invisible(c))
      out += s.substr(0, size);
    s.remove_prefix(std::max<std::size_t>(size, 1));
    if (size == 1 && c == 0x1B) s.remove_prefix(terminal_sequence(s));
  }
  return out;
}

std::string escape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '&': out += "&amp;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
  return out;
}

std::string shorten(std::string_view s, std::size_t units) {
  if (utf16_length(s) <= units) return std::string(s);
  std::size_t used = 1, at = 0;
  for (char32_t c = 0; at < s.size();) {
    const auto size = std::max<std::size_t>(config::first_character(s.substr(at), c), 1);
    used += size == 4 ? 2 : 1;
    if (used > units) break;
    at += size;
  }
  return std::string(s.substr(0, at)) + "…";
}

message welcome(bool notified) {
  return {
      "<b>Welcome to Troupe.</b> I deploy container images on Docker Swarm, through a REST API.\n\n"
      "/api_create gives you a link to your first API key; it takes a minute.\n"
      "/help lists what else I can do." +
          std::string(notified ? "" : "\n/notify on, and I tell you when a deployment runs or fails."),
      {{{"Create an API key", press_offer(key_presets()[0])}}}};
}

message help(bool unasked) {
  std::string out = unasked ? "I do not know that. What I know:\n" : "What I can do:\n";
  for (const auto& line : command_lines()) {
    out += "\n/" + std::string(line.name);
    if (!line.arguments.empty()) out += ' ' + escape(line.arguments);
    out += " – " + escape(line.summary);
  }
  return {out};
}

message wrong_use(const misuse& m) {
  std::string usage;
  for (const auto& line : command_lines())
    if (line.name == m.name) usage = '/' + std::string(line.name) + ' ' + std::string(line.arguments);
  return {plain(m.why, 300) + "\n" + code(usage)};
}

message only_in_private(std::string_view username) {
  return {"I talk of keys and deployments in private only: write to @" + plain(username, 64) + "."};
}

message not_invited() {
  return {
      "This bot is for people who were invited. Ask whoever runs this Troupe for an invitation: it is a link that "
      "leads "
      "here. If you came by one, it was used, revoked or has expired: ask for another."};
}

message not_listed(std::int64_t telegram_id) {
  return {"This bot is for people whom its operator has listed. Ask whoever runs this Troupe to add your id, " +
          code(std::to_string(telegram_id)) + "."};
}

message scopes_question(const ask_for_scopes& what) {
  keyboard rows;
  for (const auto& preset : key_presets())
    rows.push_back({{std::string(preset.label), press_offer(preset, {what.name, preset.scopes, what.days})}});
  rows.push_back({{"No key", press_leave_it()}});
  return {"I take " + bold(what.name, 64) + " for the key's name, as it is nothing that a key may do. What may it do?",
          rows};
}

message key_made(const model::api_key& key) {
  return {"A key was made with your link: " + bold(key.name, 64) + " (" + code(key.key_id) + "), " +
              escape(scope_list(key.scopes)) + ". If that was not you, revoke it.",
          {{{"Revoke it", press_revoke(key.key_id, false)}}}};
}

message key_link(const std::string& url, const offer_key& what, std::chrono::minutes lifetime,
                 const std::string& reference) {
  std::string out = "Your key " + bold(what.name, 64) + " (" + escape(scope_list(what.scopes)) +
                    (what.days ? ", " + std::to_string(*what.days) + " days" : "") +
                    ") is behind this link. It works once, within " + std::to_string(lifetime.count()) +
                    " minutes:\n\n" + escape(url) + "\n\nThe key is shown once: keep it, and give it to nobody." +
                    (what.instead_of.empty() ? "" : "\nThe link before it is void.");
  std::vector<button> row;
  const offer_key same{what.name, what.scopes, what.days, reference}, shorter{what.name, what.scopes, 30, reference};
  for (const auto& preset : key_presets())
    if (!(preset.scopes == what.scopes))
      row.push_back({std::string(preset.label) + " instead", press_offer(preset, same)});
  if (what.scopes == model::scope_set::user() && !what.days)
    row.push_back({"For 30 days", press_offer(key_presets()[0], shorter)});
  return {out, {row}};
}

message account(const desk::account& who) {
  const auto& limit = who.deployments;
  return {"You are " + code(who.user.text) + ".\nWhat you may do here: " + escape(scope_list(who.scopes)) +
          "\nDeployments in the last minute: " + std::to_string(limit.limit - limit.remaining) + " of " +
          std::to_string(limit.limit) + "."};
}

message keys(const std::vector<model::api_key>& all, model::timestamp now) {
  if (all.empty()) return {"You have no API keys. /api_create makes one."};
  listing out("Your API keys:");
  keyboard buttons;
  for (const auto& key : all) {
    auto line = code(key.key_id) + " " + plain(key.name, 64) + " – " + escape(scope_list(key.scopes)) + ", made " +
                ago(key.created_at, now);
    if (!key.environments.empty()) line += ", limited to " + plain(ids_of(key.environments), 120);
    line += key.last_used_at ? ", used " + ago(*key.last_used_at, now) : ", never used";
    if (key.expires_at)
      line +=
          *key.expires_at <= now
              ? ", expired"
              : ", " +
                    std::to_string(std::chrono::duration_cast<std::chrono::hours>(*key.expires_at - now).count() / 24) +
                    " days left";
    out.add(line);
    if (buttons.size() < 20)
      buttons.push_back({{"Revoke " + shorten(clean(key.name), 30) + " (" + key.key_id.substr(0, 6) + "…)",
                          press_revoke(key.key_id, false)}});
  }
  return {out.text(), buttons};
}

message revoke_question(const model::api_key& key) {
  return {
      "Revoke the key " + bold(key.name, 64) + " (" + code(key.key_id) + ")? Whatever uses it stops working at once.",
      yes_or_no("Yes, revoke it", press_revoke(key.key_id, true))};
}

message revoked(std::string_view key_id) {
  return {"The key " + code(key_id) + " is revoked."};
}

message environments(const std::vector<model::environment>& all) {
  if (all.empty()) return {"You have no environments. POST /environments makes one."};
  listing out("Your environments:");
  for (const auto& one : all)
    out.add(bold(one.name, 64) + " " + code(one.id.text) + " " + escape(model::environment_status_texts[one.status]));
  return {out.text()};
}

message deployments(const std::vector<environment_deployments>& all) {
  listing out("Your deployments:");
  bool any = false;
  for (const auto& [environment, newest] : all) {
    if (newest.empty()) continue;
    any = true;
    out.add("\n" + bold(environment.name, 64));
    for (const auto& d : newest) {
      const bool ill = d.status == deployment_status::running && d.health.degraded;
      out.add(code(d.id.text) + " " + plain(d.spec.service, 64) + " " + std::string(status_text(d)) +
              (ill ? " (degraded)" : ""));
    }
  }
  if (!any) return {"You have no deployments. POST /deployments makes one."};
  return {out.text()};
}

message status(const actors::deployment_view& view, model::timestamp now) {
  const auto& d = view.row;
  std::string out = name_of(d) + ": <b>" + std::string(status_text(d)) + "</b>";
  if (d.status == deployment_status::pulling_image && view.pull_percent >= 0)
    out += " " + std::to_string(view.pull_percent) + " %";
  if (view.waits)
    out +=
        "\nwaits for the Docker Engine (" + ago(view.waits->since, now) + "): " + plain(view.waits->last_answer, 300);
  out += "\n" + code(d.spec.image.text(), 300) + "\nmade " + ago(d.created_at, now);
  if (d.running_since) out += ", running since " + ago(*d.running_since, now);
  if (d.status == deployment_status::running && d.health.degraded)
    out += "\n<b>degraded</b>: " + plain(d.health.reason, 500);
  if (d.error) out += failure_text(*d.error);
  return {out, buttons_for(d)};
}

message logs(const model::deployment_id& id, const std::vector<actors::log_line>& lines) {
  if (lines.empty()) return {code(id.text) + " has written nothing yet."};
  // The newest lines are what counts: from the end, as many as fit.
  constexpr std::size_t room = 3800;
  std::vector<std::string> chosen;
  std::size_t used = 0;
  for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
    auto text = clean(line->message);
    std::replace(text.begin(), text.end(), '\n', ' ');
    text = shorten(text, 1000);
    const auto units = utf16_length(text) + 1;
    if (used + units > room) break;
    used += units;
    chosen.push_back(escape(text));
  }
  std::string out = code(id.text) +
                    (chosen.size() < lines.size() ? ", the newest " + std::to_string(chosen.size()) + " lines" : "") +
                    ":\n<pre>";
  for (auto line = chosen.rbegin(); line != chosen.rend(); ++line) out += *line + '\n';
  return {out + "</pre>"};
}

message notify(bool wanted) {
  return {wanted ? "I shall tell you when a deployment of yours runs, fails or falls ill. /notify off ends it."
                 : "I shall not tell you of your deployments. /notify on brings it back."};
}

message cancel_question(const deployment& d) {
  return {"Cancel " + name_of(d) + "? What ran before stays.", yes_or_no("Yes, cancel it", press_cancel(d.id, true))};
}
message roll_back_question(const deployment& d) {
  return {"Roll " + name_of(d) + " back? The release that ran before it is deployed again, image and configuration.",
          yes_or_no("Yes, roll back", press_roll_back(d.id, true))};
}
message accepted(std::string_view what, const deployment& d) {
  return {plain(what, 100) + " " + name_of(d) + ": " + std::string(status_text(d)) + "\n/status " + escape(d.job.text)};
}

message not_found() {
  return {"There is no such thing among yours."};
}
message left_alone() {
  return {"All stays as it is."};
}
message refused(std::string_view detail) {
  const auto words = plain(detail, 500);
  return {words.find_first_not_of(" \n\t") == words.npos ? "That cannot be done." : words};
}
message unavailable() {
  return {"The platform cannot answer right now. Please try again in a minute."};
}

message notice(actors::notice_kind kind, const deployment& d) {
  switch (kind) {
    case actors::notice_kind::running:
      return {"✅ " + name_of(d) + " is <b>RUNNING</b>: " + code(d.spec.image.text(), 300),
              {{logs_button(d), roll_back_button(d)}}};
    case actors::notice_kind::succeeded:
      return {"✅ " + name_of(d) + " has run to its end: " + code(d.spec.image.text(), 300), logs_and_way_back(d)};
    case actors::notice_kind::failed: {
      std::string out = "❌ " + name_of(d) + " <b>FAILED</b>: " + code(d.spec.image.text(), 300);
      if (d.error) out += failure_text(*d.error);
      if (d.rolled_back_to) out += "\nRolled back to the former release.";
      return {out, logs_and_way_back(d)};
    }
    case actors::notice_kind::degraded:
      return {"⚠️ " + name_of(d) + " is <b>degraded</b>: " + plain(d.health.reason, 500), logs_and_way_back(d)};
  }
  return {};
}

message certificate(const actors::certificate_at_risk& what) {
  return {"⚠️ The certificate of " + bold(what.domain, 260) + " cannot be renewed: " + plain(what.reason, 500)};
}

}  // namespace troupe::telegram::texts
