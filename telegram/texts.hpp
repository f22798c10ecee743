// Everything that the bot says. Pure. Whatever comes from outside (names, log lines, failures) is cleaned and escaped
// here.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/desk/account.hpp"
#include "actors/messages.hpp"
#include "actors/views.hpp"
#include "telegram/commands.hpp"
#include "telegram/message.hpp"

namespace troupe::telegram::texts {

inline constexpr std::size_t longest = 4096;  // UTF-16 units of a text, as the Bot API counts

std::size_t utf16_length(std::string_view utf8);
// <, > and & for HTML; terminal sequences, control and invisible characters dropped; what is not UTF-8 becomes U+FFFD.
std::string clean(std::string_view text);   // without the escaping, for what is cut to length first
std::string escape(std::string_view text);  // of clean text
// At most `units` UTF-16 units, the end marked by an ellipsis where it was cut.
std::string shorten(std::string_view clean_text, std::size_t units);

message welcome(bool notified);
message help(bool unasked);
message wrong_use(const misuse& m);
message only_in_private(std::string_view username);
message not_invited();
message not_listed(std::int64_t telegram_id);
message scopes_question(const ask_for_scopes& what);
// `reference`: the link's, for the buttons that replace it.
message key_link(const std::string& url, const offer_key& what, std::chrono::minutes lifetime,
                 const std::string& reference);
message key_made(const model::api_key& key);
message account(const desk::account& who);
message keys(const std::vector<model::api_key>& all, model::timestamp now);
message revoke_question(const model::api_key& key);
message revoked(std::string_view key_id);
message environments(const std::vector<model::environment>& all);
struct environment_deployments {
  model::environment environment;
  std::vector<model::deployment> newest;
};
message deployments(const std::vector<environment_deployments>& all);
message status(const actors::deployment_view& view, model::timestamp now);
message logs(const model::deployment_id& id, const std::vector<actors::log_line>& lines);
message notify(bool wanted);
message cancel_question(const model::deployment& d);
message roll_back_question(const model::deployment& d);
message accepted(std::string_view what, const model::deployment& d);
message not_found();
message left_alone();
message refused(std::string_view detail);
message unavailable();

message notice(actors::notice_kind kind, const model::deployment& d);
message certificate(const actors::certificate_at_risk& what);

}  // namespace troupe::telegram::texts
