// What the bot's files share: its state, and how a turn of a conversation says something.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "actors/conversation.hpp"
#include "telegram/bot_actor.hpp"
#include "telegram/bot_api.hpp"
#include "telegram/courier.hpp"
#include "telegram/message.hpp"
#include "telegram/send_queue.hpp"

namespace troupe::telegram {

// An update was handled, and all that was to be said of it is said or given up.
struct turn_ended {
  std::int64_t update = 0, chat = 0;
};
using bot_actor = actors::telegram_actor::extend<caf::reacts_to<turn_ended>, caf::reacts_to<actors::continuation>>;

// One update on its way. Whoever still has something to do for it holds it; the last one to let go ends the turn.
struct turn {
  std::int64_t update = 0, chat = 0, from = 0;
  actors::user_id user = {};
  std::int64_t asked_in = 0;  // a press: the message below which the button stands
  std::function<void(turn_ended)> ended;
  ~turn() { ended({update, chat}); }
};
using turn_ptr = std::shared_ptr<turn>;

enum class fate { sent, refused, blocked, expired };
struct outgoing {
  api_request what;
  moment expires;
  std::function<void(fate)> then;
  turn_ptr held = {};
};
using outgoing_ptr = std::shared_ptr<outgoing>;

struct bot_state {
  bot_options options;
  bot_parts parts;

  courier control;  // start-up, probing and polling
  std::vector<courier> senders;
  send_queue<outgoing_ptr> queue;
  bool pumping = false;  // a look at the queue is due
  std::chrono::milliseconds send_pause{0};

  std::unordered_map<std::int64_t, std::deque<incoming>> chats;
  std::unordered_set<std::int64_t> busy_chats;
  std::unordered_set<std::int64_t> in_hand;  // ids, from acceptance until the database knows that they are finished
  std::vector<std::int64_t> finished;
  bool finishing = false;
  std::int64_t next_offset = 0;

  std::set<model::deployment_id> touched;
  bool look_at_all = true, collecting = false, collect_due = false;
  std::set<std::pair<std::string, actors::notice_kind>> notices_under_way;
  std::vector<actors::deployment_notice> told;
  bool telling = false;

  actors::bot_condition condition;
  actors::backoff pause;
  actors::activity activity;
  static inline const char* name = "telegram";
};
using bot_pointer = bot_actor::stateful_pointer<bot_state>;

// Puts it into the queue; false where that is full (then `then` is not called).
bool enqueue(bot_pointer self, std::int64_t chat, api_request what, std::function<void(fate)> then, turn_ptr held);
// conversation.cpp: one update from its beginning to all of its answers.
void converse(bot_pointer self, const turn_ptr& t, const incoming& update);
// notices.cpp
void look_for_notices(bot_pointer self, std::chrono::milliseconds delay);
void look_now_and_then(bot_pointer self);  // from now on, should an event be missed
void warn_of_certificate(bot_pointer self, const actors::certificate_at_risk& what);
void tell_of_key(bot_pointer self, const actors::key_made& what);

}  // namespace troupe::telegram

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::telegram::turn_ended)
