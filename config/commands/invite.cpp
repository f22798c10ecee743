#include "config/commands/invite.hpp"

#include <array>

#include "actors/model/ids.hpp"
#include "actors/secrets/link_token.hpp"
#include "actors/secrets/random.hpp"
#include "config/commands/columns.hpp"
#include "config/commands/short_house.hpp"
#include "config/duration.hpp"
#include "telegram/bot_api.hpp"
#include "telegram/transport.hpp"

namespace troupe::commands {

namespace {

constexpr std::chrono::milliseconds shortest = std::chrono::minutes{1}, longest = std::chrono::days{365};

std::string new_id() {
  const auto bits = [] {
    std::array<unsigned char, sizeof(std::uint64_t)> bytes{};
    secrets::fill_random(bytes);
    std::uint64_t out = 0;
    for (const auto byte : bytes) out = out << 8U | byte;
    return out;
  };
  const auto high = bits();
  return model::id_text("inv", high, bits());
}

// The bot's, without @; "" where nobody tells.
std::string username_of(const config::settings& settings) {
  telegram::transport way(settings.telegram_api_url, settings.telegram_bot_token);
  const auto got = way.send(telegram::requests::get_me(), std::chrono::seconds{5});
  if (got.fault != telegram::transport_fault::none) return {};
  const auto read = telegram::read_answer(got.status, got.body);
  return read.ok ? telegram::read_username(read.result).value_or("") : "";
}

actors::telegram_rows_actor rows_of(const short_house& house) {
  return caf::actor_cast<actors::telegram_rows_actor>(house.database);
}

std::string used_by(const actors::telegram_invite& one) {
  std::string out;
  for (const auto id : one.used_by) (out += out.empty() ? "" : ",") += "telegram:" + std::to_string(id);
  return out.empty() ? "nobody" : out;
}

}  // namespace

std::string wrong_invite_lifetime(const std::string& text) {
  const auto life = config::parse_duration(text);
  return life && *life >= shortest && *life <= longest ? "" : "must be a duration from 1m to 365d, such as 12h or 7d";
}

std::string wrong_invite_id(const std::string& text) {
  return text.size() == 20 && text.starts_with("inv_")
             ? ""
             : "an invitation's id is inv_ and 16 characters, as `troupe invite "
               "list` shows it";
}

int create_invite(const config::settings& settings, const new_invite& wanted, std::ostream& out, std::ostream& errors) {
  if (settings.telegram_bot_token.empty())
    return failed(errors, "there is no bot to invite to: set TELEGRAM_BOT_TOKEN");
  if (settings.telegram_access != config::telegram_access::invite)
    errors << "TELEGRAM_ACCESS is not invite: a server with these settings asks nobody for an invitation\n";
  const auto username = username_of(settings);
  const auto life = config::parse_duration(wanted.lifetime).value();
  return in_short_house(settings, errors, [&](short_house& house) {
    const auto token = secrets::new_link_token();
    actors::insert_telegram_invite row{new_id(), secrets::link_token_hash(token), wanted.uses, life};
    const auto id = row.id;
    const auto made = house.ask<model::done>(rows_of(house), std::move(row));
    if (!made) return failed(errors, made.error());
    out << "Invitation " << id << " for " << wanted.uses << (wanted.uses == 1 ? " person" : " people") << ", for "
        << wanted.lifetime << ". It is shown this once"
        << (username.empty() ? "; Telegram does not tell the bot's name now, so send the bot:\n/start inv_"
                             : ":\nhttps://t.me/" + username + "?start=inv_")
        << token << '\n';
    return out.flush() ? 0
                       : failed(errors, "the link cannot be written; `troupe invite revoke " + id + "` takes it back");
  });
}

int list_invites(const config::settings& settings, std::ostream& out, std::ostream& errors) {
  return in_short_house(settings, errors, [&](short_house& house) {
    const auto all = house.ask<std::vector<actors::telegram_invite>>(rows_of(house), actors::list_telegram_invites{});
    if (!all) return failed(errors, all.error());
    std::vector<std::array<std::string, 5>> rows{{"INVITATION", "CREATED", "EXPIRES", "USED", "BY"}};
    for (const auto& one : all.value())
      rows.push_back({one.id, moment(one.created_at), one.good ? moment(one.expires_at) : "no more good",
                      std::to_string(one.used_by.size()) + " of " + std::to_string(one.uses), used_by(one)});
    print_columns(rows, out);
    return out.flush() ? 0 : 1;
  });
}

int revoke_invite(const config::settings& settings, const std::string& id, std::ostream& out, std::ostream& errors) {
  return in_short_house(settings, errors, [&](short_house& house) {
    const auto revoked = house.ask<model::done>(rows_of(house), actors::revoke_telegram_invite{id});
    if (!revoked) return failed(errors, revoked.error());
    out << "revoked " << id << "; who came by it and has a key stays until that is revoked (`troupe key revoke`)\n";
    return out.flush() ? 0 : 1;
  });
}

}  // namespace troupe::commands
