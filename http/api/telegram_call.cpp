#include "actors/secrets/constant_time.hpp"
#include "config/body_limit.hpp"
#include "http/api/answer.hpp"
#include "http/api/carry.hpp"
#include "http/api/handlers.hpp"

namespace troupe::http::api {

namespace {

constexpr std::size_t largest_update = 128U << 10U;

// Without a bot, or with one that polls, nothing proves anything: the secret is empty then, or the bot's own to ignore.
bool is_telegram(const api_state& api, const call& c) {
  const auto& secret = api.parts.settings.telegram_webhook_secret.reveal();
  const auto* presented = c.asked.header("x-telegram-bot-api-secret-token");
  return api.parts.telegram && api.parts.settings.telegram_mode == config::telegram_mode::webhook && !secret.empty() &&
         presented && secrets::equal_in_constant_time(*presented, secret);
}

}  // namespace

// Answered as soon as the update is kept: Telegram repeats what takes long.
void receive_telegram_update(desk::clerk self, const call_ptr& c) {
  const auto& parts = c->api->parts;
  if (!is_telegram(*c->api, *c)) return send_problem(*c, unauthorised());
  if (c->asked.body.size() > largest_update)
    return send_problem(*c, {413, config::body_too_large(largest_update), {}, 0});
  desk::ask(
      self, parts.telegram, parts.behind().database_timeout, actors::receive_telegram_update{c->asked.body},
      [c](const model::done&) { reply(*c, nlohmann::json::object()); },
      [c](const desk::refusal& why) { send_problem(*c, refusal_of(why)); });
}

}  // namespace troupe::http::api
