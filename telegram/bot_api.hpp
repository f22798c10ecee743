// The Bot API's JSON (core.telegram.org/bots/api): requests built, answers and updates read. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "telegram/message.hpp"

namespace troupe::telegram {

struct api_request {
  std::string method;  // "sendMessage"
  std::string body;    // JSON
};

namespace requests {
api_request get_me();
api_request set_webhook(const std::string& url, const std::string& secret);
api_request delete_webhook();
api_request set_my_commands();
api_request get_updates(std::int64_t offset, std::chrono::seconds patience);
api_request send_message(std::int64_t chat,
                         const message& what);  // never with a link preview: it would open magic links
api_request answer_callback(const std::string& callback_id);
api_request remove_buttons(std::int64_t chat, std::int64_t message);
}  // namespace requests

// What Telegram answered; `status` and `body` as they came.
struct api_answer {
  bool ok = false;
  int error_code = 0;       // where not ok; the HTTP status if the body tells none
  std::string description;  // Telegram's words
  int retry_after = 0;      // seconds, with 429
  std::string result;       // JSON, where ok
};
api_answer read_answer(int status, std::string_view body);
std::optional<std::string> read_username(const std::string& result);  // of getMe: a bot's

// A person's text, in a chat with the bot or in a group.
struct incoming_text {
  std::int64_t chat = 0, from = 0;
  bool is_private = false;  // a private chat with this very person: nothing else is
  std::string text;         // "" for anything else than text
};
struct incoming_press {
  std::string callback_id;
  std::int64_t chat = 0, from = 0;
  bool is_private = false;
  std::string data;
  std::int64_t message = 0;  // below which the button stands; 0: too old to be told
};
struct incoming_other {};  // of a kind that is not ours
struct incoming {
  std::int64_t id = 0;    // update_id
  std::int64_t chat = 0;  // 0: none
  std::variant<incoming_other, incoming_text, incoming_press> what;
  std::string body;  // the update's own JSON
};
// Absent where this is no update.
std::optional<incoming> read_update(std::string_view body);
// The result of getUpdates; what is no update is left out. `next_offset` confirms all of them.
struct update_batch {
  std::vector<incoming> updates;
  std::int64_t next_offset = 0;  // 0: the batch was empty
};
std::optional<update_batch> read_updates(const std::string& result);

}  // namespace troupe::telegram
