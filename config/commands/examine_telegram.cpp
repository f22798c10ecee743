#include "config/commands/finding.hpp"
#include "telegram/bot_api.hpp"
#include "telegram/transport.hpp"

namespace troupe::commands {

// Never a failure: without the bot the server works.
findings examine_telegram(const config::settings& settings) {
  if (settings.telegram_bot_token.empty()) return {{severity::ok, "Telegram", "not configured: no bot"}};
  telegram::transport way(settings.telegram_api_url, settings.telegram_bot_token);
  const auto got = way.send(telegram::requests::get_me(), std::chrono::seconds{5});
  if (got.fault != telegram::transport_fault::none)
    return {{severity::warning, "Telegram", std::string(telegram::words_for(got.fault)),
             "let this machine reach TELEGRAM_API_URL"}};
  const auto read = telegram::read_answer(got.status, got.body);
  const auto username = read.ok ? telegram::read_username(read.result) : std::nullopt;
  if (!username)
    return {{severity::warning, "Telegram", "the bot's token was refused (" + std::to_string(read.error_code) + ")",
             "set TELEGRAM_BOT_TOKEN as @BotFather gives it"}};
  findings out{
      {severity::ok, "Telegram",
       "@" + *username + ", by " + (settings.telegram_mode == config::telegram_mode::polling ? "polling" : "webhook")}};
  if (settings.telegram_mode == config::telegram_mode::webhook && !settings.public_base_url.starts_with("https://"))
    out.push_back({severity::warning, "Telegram", "a webhook needs an https address, and PUBLIC_BASE_URL is none",
                   "set PUBLIC_BASE_URL, or TELEGRAM_MODE to polling"});
  return out;
}

}  // namespace troupe::commands
