// The bot: takes updates (a webhook's, or its own long polling), keeps them, handles each once and in order per chat by
// the same desk as the REST routes, and sends what is to be said.
//
//   Telegram ──> webhook / poller ──> kept in the database ──> one turn a chat at a time ──> send queue ──> sender
//   threads
//
// A crash loses nothing that was accepted: what was not finished is handled again at the next start, so an answer may
// come twice. Nothing here waits for Telegram but detached threads.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <set>
#include <string>

#include "actors/interfaces.hpp"
#include "config/secret.hpp"
#include "telegram/send_queue.hpp"

namespace troupe::desk {
class admission;
}

namespace troupe::telegram {

enum class entrance { open, listed, invited };  // who is let in, besides those who have a key

struct bot_options {
  std::string api_url;  // without a slash at the end
  config::secret token;
  bool polling = false;
  std::string webhook_url;
  config::secret webhook_secret;
  std::string link_url;  // what a magic link's token is appended to
  std::chrono::milliseconds link_lifetime{};
  entrance lets_in = entrance::open;
  std::set<std::int64_t> listed;

  std::size_t senders = 4;                                   // threads
  std::size_t updates_in_hand = 500, updates_per_chat = 20;  // more are refused (and come again), or dropped
  send_limits limits;
  std::chrono::seconds poll_patience{25};
  std::chrono::milliseconds call_deadline{15'000};
  std::chrono::milliseconds probe_every{15'000};  // with a webhook: does Telegram still answer?
  std::chrono::minutes keep_sending{10};          // an answer that old is dropped

  std::chrono::milliseconds database_timeout{15'000};  // for the bot's own rows
};

struct bot_parts {
  std::shared_ptr<desk::admission> admission;
  actors::telegram_rows_actor rows;
  model::wall_clock now;
  model::random_source random;
};

// Ends by send_exit, before the database actor.
actors::telegram_actor spawn_bot(caf::actor_system& system, bot_options options, bot_parts parts);

}  // namespace troupe::telegram
