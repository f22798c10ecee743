#include "config/commands/bot.hpp"

#include "actors/desk/admission.hpp"

namespace troupe::commands {

actors::telegram_actor start_bot(caf::actor_system& system, const config::settings& settings,
                                 telegram::bot_parts parts) {
  if (!has_bot(settings)) return {};
  telegram::bot_options o;
  o.api_url = settings.telegram_api_url;
  o.token = settings.telegram_bot_token;
  o.polling = settings.telegram_mode == config::telegram_mode::polling;
  o.webhook_url = settings.public_base_url + "/telegram/webhook";
  o.webhook_secret = settings.telegram_webhook_secret;
  o.link_url = settings.public_base_url + "/auth/verify?token=";
  o.link_lifetime = settings.magic_link_ttl;
  o.lets_in = settings.telegram_access == config::telegram_access::open     ? telegram::entrance::open
              : settings.telegram_access == config::telegram_access::invite ? telegram::entrance::invited
                                                                            : telegram::entrance::listed;
  for (const auto& id : settings.telegram_allowed_users) o.listed.insert(std::stoll(id));
  o.database_timeout = settings.database_timeout * 3;
  const auto board = parts.admission->parts().board;
  const auto bot = telegram::spawn_bot(system, std::move(o), std::move(parts));
  board->on_change([bot](const actors::deployment_view_ptr& view) {
    const auto& d = view->row;
    if (d.status == model::deployment_status::running || d.status == model::deployment_status::succeeded ||
        d.status == model::deployment_status::failed)
      caf::anon_send(bot, actors::deployment_touched{d.id});
  });
  return bot;
}

}  // namespace troupe::commands
