#include "telegram/bot_api.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "telegram/commands.hpp"

namespace troupe::telegram {

using nlohmann::json;

namespace {

constexpr std::size_t deepest = 32;
// Persists at Telegram where it is left out, so it is said each time.
const json allowed_updates = {"message", "callback_query"};

std::string text_of(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

// dump() of something very deep would overflow the stack: such a text is no answer of Telegram's.
json parse(std::string_view text) {
  bool deep = false;
  const auto out = json::parse(
      text, [&](int depth, json::parse_event_t, json&) { return !(deep = deep || depth > static_cast<int>(deepest)); },
      false);
  return deep || out.is_discarded() ? json() : out;
}

const json& at(const json& in, const char* name) {
  static const json none;
  if (!in.is_object()) return none;
  const auto found = in.find(name);
  return found == in.end() ? none : *found;
}
std::int64_t number_at(const json& in, const char* name) {
  const auto& found = at(in, name);
  return found.is_number_integer() ? found.get<std::int64_t>() : 0;
}
std::string text_at(const json& in, const char* name) {
  const auto& found = at(in, name);
  return found.is_string() ? found.get<std::string>() : std::string();
}

bool is_person(const json& user) {
  return number_at(user, "id") > 0 && at(user, "is_bot") != true;
}
bool is_private(const json& chat, const json& from) {
  return text_at(chat, "type") == "private" && number_at(chat, "id") == number_at(from, "id");
}

std::optional<incoming> incoming_of(const json& update) {
  if (!at(update, "update_id").is_number_integer()) return std::nullopt;
  incoming out;
  out.id = number_at(update, "update_id");
  if (const auto& message = at(update, "message"); message.is_object()) {
    const auto &chat = at(message, "chat"), &from = at(message, "from");
    if (is_person(from) && number_at(chat, "id") != 0) {
      out.chat = number_at(chat, "id");
      out.what = incoming_text{out.chat, number_at(from, "id"), is_private(chat, from), text_at(message, "text")};
    }
  } else if (const auto& press = at(update, "callback_query"); press.is_object()) {
    const auto &from = at(press, "from"), &chat = at(at(press, "message"), "chat");
    if (is_person(from) && !text_at(press, "id").empty()) {
      out.chat = number_at(chat, "id") != 0 ? number_at(chat, "id") : number_at(from, "id");
      out.what = incoming_press{text_at(press, "id"),   out.chat,
                                number_at(from, "id"),  is_private(chat, from),
                                text_at(press, "data"), number_at(at(press, "message"), "message_id")};
    }
  }
  out.body = text_of(update);
  return out;
}

}  // namespace

namespace requests {

api_request get_me() {
  return {"getMe", "{}"};
}

api_request set_webhook(const std::string& url, const std::string& secret) {
  return {"setWebhook", text_of({{"url", url},
                                 {"secret_token", secret},
                                 {"allowed_updates", allowed_updates},
                                 {"drop_pending_updates", false}})};
}

api_request delete_webhook() {
  return {"deleteWebhook", text_of({{"drop_pending_updates", false}})};
}

api_request set_my_commands() {
  json commands = json::array();
  for (const auto& line : command_lines()) {
    const auto arguments = line.arguments.empty() ? std::string() : ' ' + std::string(line.arguments);
    commands.push_back({{"command", line.name},
                        {"description", std::string(line.summary) + (arguments.empty() ? "" : ":" + arguments)}});
  }
  return {"setMyCommands", text_of({{"commands", std::move(commands)}, {"scope", {{"type", "all_private_chats"}}}})};
}

api_request get_updates(std::int64_t offset, std::chrono::seconds patience) {
  return {
      "getUpdates",
      text_of(
          {{"offset", offset}, {"timeout", patience.count()}, {"limit", 50}, {"allowed_updates", allowed_updates}})};
}

api_request send_message(std::int64_t chat, const message& what) {
  json body{{"chat_id", chat},
            {"text", what.html},
            {"parse_mode", "HTML"},
            {"link_preview_options", {{"is_disabled", true}}}};
  if (!what.buttons.empty()) {
    json rows = json::array();
    for (const auto& row : what.buttons) {
      json out = json::array();
      for (const auto& one : row) out.push_back({{"text", one.label}, {"callback_data", one.data}});
      if (!out.empty()) rows.push_back(std::move(out));
    }
    if (!rows.empty()) body["reply_markup"] = {{"inline_keyboard", std::move(rows)}};
  }
  return {"sendMessage", text_of(body)};
}

api_request answer_callback(const std::string& callback_id) {
  return {"answerCallbackQuery", text_of({{"callback_query_id", callback_id}})};
}

api_request remove_buttons(std::int64_t chat, std::int64_t message) {
  return {
      "editMessageReplyMarkup",
      text_of({{"chat_id", chat}, {"message_id", message}, {"reply_markup", {{"inline_keyboard", json::array()}}}})};
}

}  // namespace requests

api_answer read_answer(int status, std::string_view body) {
  const auto read = parse(body);
  api_answer out;
  out.ok = status >= 200 && status < 300 && at(read, "ok") == true;
  if (out.ok) {
    out.result = text_of(at(read, "result"));
    return out;
  }
  out.error_code = static_cast<int>(std::clamp<std::int64_t>(number_at(read, "error_code"), 0, 999));
  if (out.error_code == 0)
    out.error_code = status >= 200 && status < 300 ? 502 : status;  // a 200 that is no answer of the Bot API's
  out.description = text_at(read, "description").substr(0, 200);
  out.retry_after =
      static_cast<int>(std::clamp<std::int64_t>(number_at(at(read, "parameters"), "retry_after"), 0, 3600));
  return out;
}

std::optional<std::string> read_username(const std::string& result) {
  const auto me = parse(result);
  if (at(me, "is_bot") != true || text_at(me, "username").empty()) return std::nullopt;
  return text_at(me, "username");
}

std::optional<incoming> read_update(std::string_view body) {
  return incoming_of(parse(body));
}

std::optional<update_batch> read_updates(const std::string& result) {
  const auto list = parse(result);
  if (!list.is_array()) return std::nullopt;
  update_batch out;
  for (const auto& one : list) {
    auto update = incoming_of(one);
    if (!update) continue;
    out.next_offset = std::max(out.next_offset, update->id + 1);
    out.updates.push_back(std::move(*update));
  }
  return out;
}

}  // namespace troupe::telegram
