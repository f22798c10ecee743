#include "telegram/bot_api.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "telegram/commands.hpp"

using namespace troupe;
using namespace troupe::telegram;
using nlohmann::json;
using namespace std::chrono_literals;

namespace {

json text_update(std::int64_t chat, std::int64_t from, const std::string& type, bool bot = false) {
  return {{"update_id", 7},
          {"message",
           {{"message_id", 1},
            {"chat", {{"id", chat}, {"type", type}}},
            {"from", {{"id", from}, {"is_bot", bot}}},
            {"text", "/start"}}}};
}

}  // namespace

TEST(BotApi, MessagesGoWithoutLinkPreviewsAsHtml) {
  const auto request = requests::send_message(-5, {"<b>x</b>\xff", {{{"Yes", "R:1"}, {"No", "no"}}, {}}});
  EXPECT_EQ(request.method, "sendMessage");
  const auto body = json::parse(request.body);
  EXPECT_EQ(body["chat_id"], -5);
  EXPECT_EQ(body["parse_mode"], "HTML");
  EXPECT_EQ(body["link_preview_options"]["is_disabled"], true);
  EXPECT_EQ(body["reply_markup"]["inline_keyboard"].size(), 1U);
  EXPECT_EQ(body["reply_markup"]["inline_keyboard"][0][1]["callback_data"], "no");
}

TEST(BotApi, AQuestionsButtonsGoByItsMessage) {
  const auto request = requests::remove_buttons(5, 42);
  EXPECT_EQ(request.method, "editMessageReplyMarkup");
  EXPECT_EQ(json::parse(request.body),
            (json{{"chat_id", 5}, {"message_id", 42}, {"reply_markup", {{"inline_keyboard", json::array()}}}}));
  const json press{{"update_id", 1},
                   {"callback_query",
                    {{"id", "x"},
                     {"from", {{"id", 5}}},
                     {"data", "no"},
                     {"message", {{"message_id", 42}, {"chat", {{"id", 5}, {"type", "private"}}}}}}}};
  EXPECT_EQ(std::get<incoming_press>(read_update(press.dump())->what).message, 42);
}

TEST(BotApi, AllowedUpdatesAreSaidEachTimeAndNothingIsDropped) {
  const auto hook = json::parse(requests::set_webhook("https://x/telegram/webhook", "s3cret").body);
  EXPECT_EQ(hook["allowed_updates"], (json{"message", "callback_query"}));
  EXPECT_EQ(hook["drop_pending_updates"], false);
  EXPECT_EQ(hook["secret_token"], "s3cret");
  const auto poll = json::parse(requests::get_updates(12, 25s).body);
  EXPECT_EQ(poll["allowed_updates"], hook["allowed_updates"]);
  EXPECT_EQ(poll["offset"], 12);
  EXPECT_EQ(poll["timeout"], 25);
  EXPECT_EQ(json::parse(requests::delete_webhook().body)["drop_pending_updates"], false);
}

TEST(BotApi, TheMenuListsEachCommandWithinTelegramsLimits) {
  const auto body = json::parse(requests::set_my_commands().body);
  ASSERT_EQ(body["commands"].size(), command_lines().size());
  for (const auto& one : body["commands"]) EXPECT_LE(one["description"].get<std::string>().size(), 256U);
}

TEST(BotApi, OnlyAPrivateChatWithThatVeryPersonIsPrivate) {
  const auto is_private = [](const json& update) {
    const auto read = read_update(update.dump());
    const auto* text = read ? std::get_if<incoming_text>(&read->what) : nullptr;
    return text != nullptr && text->is_private;
  };
  EXPECT_TRUE(is_private(text_update(5, 5, "private")));
  EXPECT_FALSE(is_private(text_update(5, 6, "private")));
  EXPECT_FALSE(is_private(text_update(5, 5, "group")));
  EXPECT_FALSE(is_private(text_update(-5, 5, "supergroup")));
  EXPECT_FALSE(is_private(text_update(5, 5, "channel")));
  EXPECT_TRUE(std::holds_alternative<incoming_other>(read_update(text_update(5, 5, "private", true).dump())->what))
      << "a bot";
}

TEST(BotApi, WhatIsNoUpdateIsToldApartFromWhatIsNotOurs) {
  for (const std::string& text : std::vector<std::string>{
           "", "{", "[]", "null", "5", "{}", R"({"update_id":"7"})", R"({"update_id":7.5})", std::string(100000, '['),
           R"({"update_id":1,"a":)" + std::string(100, '[') + std::string(100, ']') + "}"})
    EXPECT_FALSE(read_update(text)) << text.substr(0, 30);
  for (const auto* text :
       {R"({"update_id":7})", R"({"update_id":7,"poll":{}})", R"({"update_id":7,"message":5})",
        R"({"update_id":7,"message":{"chat":"x","from":[]}})",
        R"({"update_id":7,"edited_message":{"chat":{"id":5,"type":"private"},"from":{"id":5},"text":"/start"}})"}) {
    const auto read = read_update(text);
    ASSERT_TRUE(read) << text;
    EXPECT_TRUE(std::holds_alternative<incoming_other>(read->what)) << text;
  }
}

TEST(BotApi, APressIsBoundToWhoPressed) {
  const json press{{"update_id", 8},
                   {"callback_query",
                    {{"id", "77"},
                     {"from", {{"id", 5}, {"is_bot", false}}},
                     {"data", "no"},
                     {"message", {{"chat", {{"id", 5}, {"type", "private"}}}}}}}};
  const auto mine = std::get<incoming_press>(read_update(press.dump())->what);
  EXPECT_TRUE(mine.is_private);
  auto others = press;
  others["callback_query"]["from"]["id"] = 6;
  EXPECT_FALSE(std::get<incoming_press>(read_update(others.dump())->what).is_private);
}

TEST(BotApi, AKeptUpdateReadsBackTheSame) {
  const auto first = read_update(text_update(5, 5, "private").dump());
  const auto second = read_update(first->body);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->id, 7);
  EXPECT_EQ(std::get<incoming_text>(second->what).text, "/start");
}

TEST(BotApi, BatchesAreConfirmedByTheHighestId) {
  const auto batch = read_updates(R"([{"update_id":9},{"update_id":4},"x"])");
  ASSERT_TRUE(batch);
  EXPECT_EQ(batch->next_offset, 10);
  EXPECT_EQ(batch->updates.size(), 2U);
  EXPECT_EQ(read_updates("[]")->next_offset, 0);
  EXPECT_FALSE(read_updates("{}"));
}

TEST(BotApi, RefusalsAreReadWithTheirPause) {
  const auto flood =
      read_answer(429, R"({"ok":false,"error_code":429,"description":"Too Many","parameters":{"retry_after":7}})");
  EXPECT_FALSE(flood.ok);
  EXPECT_EQ(flood.error_code, 429);
  EXPECT_EQ(flood.retry_after, 7);
  EXPECT_EQ(read_answer(429, R"({"ok":false,"parameters":{"retry_after":-5}})").retry_after, 0);
  EXPECT_EQ(read_answer(502, "<html>").error_code, 502);
  EXPECT_FALSE(read_answer(200, "<html>").ok);
  EXPECT_EQ(read_answer(200, "{}").error_code, 502);
  EXPECT_EQ(read_username(read_answer(200, R"({"ok":true,"result":{"is_bot":true,"username":"b"}})").result), "b");
  EXPECT_FALSE(read_username(R"({"username":"b"})"));
}
