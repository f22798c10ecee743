#include "telegram/commands.hpp"

#include <string>

#include <gtest/gtest.h>

using namespace troupe;
using namespace troupe::telegram;

namespace {

const std::string dep = "dep_aaaaaaaaaaaaaaaa", job = "job_aaaaaaaaaaaaaaaa", key_id = "aaaaaaaaaaaaaaaa";

template <class T>
T parsed(std::string_view text) {
  const auto out = parse_text(text, "our_bot");
  EXPECT_TRUE(std::holds_alternative<T>(out)) << text;
  return std::holds_alternative<T>(out) ? std::get<T>(out) : T{};
}
template <class T>
bool is(std::string_view text) {
  return std::holds_alternative<T>(parse_text(text, "our_bot"));
}

}  // namespace

TEST(Commands, EachLineOfTheMenuIsUnderstood) {
  for (const auto& line : command_lines()) {
    const auto out = parse_text("/" + std::string(line.name), "our_bot");
    EXPECT_FALSE(std::holds_alternative<explain>(out) && std::get<explain>(out).unasked) << line.name;
    if (std::holds_alternative<misuse>(out)) {
      EXPECT_EQ(std::get<misuse>(out).name, line.name);
    }
  }
}

TEST(Commands, WhatIsNoCommandOfOursIsExplained) {
  for (const auto* text : {"", "hello", "/", "/nonsense", "/start@other_bot", " /start", "//start", "/startx"})
    EXPECT_TRUE(parsed<explain>(text).unasked) << text;
  EXPECT_FALSE(parsed<explain>("/help").unasked);
  EXPECT_TRUE(is<greet>("/START@Our_Bot payload"));
}

TEST(Commands, AKeyIsOfferedWithWhatWasAskedForInAnyOrderAfterTheName) {
  EXPECT_EQ(parsed<offer_key>("/api_create").scopes, model::scope_set::user());
  EXPECT_EQ(parsed<offer_key>("/api_create").name, "telegram");
  const auto all = parsed<offer_key>("/api_create laptop read 30");
  EXPECT_EQ(all.name, "laptop");
  EXPECT_EQ(all.days, 30U);
  EXPECT_FALSE(all.scopes.has(model::scope::deployments_write));
  EXPECT_EQ(parsed<offer_key>("/api_create 7d").days, 7U);
  EXPECT_EQ(parsed<offer_key>("/api_create x logs_read,ENVIRONMENTS_READ").scopes,
            (model::scope_set{model::scope::logs_read, model::scope::environments_read}));
  for (const auto* wrong :
       {"/api_create -1", "/api_create 0", "/api_create 3651d", "/api_create 99999", "/api_create read 7 8",
        "/api_create abcdefghijklmnopqrstuvwxyz12345 read", "/api_create a b", "/api_create a ADMIN",
        "/api_create a LOGS_READ,ADMIN", "/api_create a read full", "/api_create a 0", "/api_create a 99999"})
    EXPECT_TRUE(is<misuse>(wrong)) << wrong;
}

TEST(Commands, AWordThatIsNoScopeIsAskedAbout) {
  for (const auto* text : {"/api_create readonly", "/api_create readonly 30", "/api_create ful"}) {
    const auto asked = parsed<ask_for_scopes>(text);
    EXPECT_TRUE(asked.name == "readonly" || asked.name == "ful") << text;
  }
  EXPECT_EQ(parsed<ask_for_scopes>("/api_create readonly 30").days, 30U);
}

TEST(Commands, AnInvitationComesWithTheStart) {
  EXPECT_EQ(parsed<greet>("/start inv_abc-D_9").invitation, "abc-D_9");
  EXPECT_EQ(parsed<greet>("/start inv_a b").invitation, "");
  EXPECT_EQ(parsed<greet>("/start payload").invitation, "");
}

TEST(Commands, NoWordGivesAdmin) {
  for (const auto* text :
       {"/api_create ADMIN", "/api_create admin", "/api_create x Admin,LOGS_READ", "/api_create , 3"}) {
    const auto out = parse_text(text, "our_bot");
    if (const auto* offer = std::get_if<offer_key>(&out)) {
      EXPECT_FALSE(offer->scopes.has(model::scope::admin)) << text;
    }
  }
}

TEST(Commands, IdsOfAnotherFormAreLikeIdsThatDoNotExist) {
  EXPECT_TRUE(is<show_status>("/status " + dep));
  EXPECT_TRUE(is<show_status>("/status " + job));
  EXPECT_TRUE(is<no_such_object>("/status env_aaaaaaaaaaaaaaaa"));
  EXPECT_TRUE(is<no_such_object>("/logs " + job));
  EXPECT_TRUE(is<no_such_object>("/api_revoke x'--"));
  EXPECT_TRUE(is<list_keys>("/api_revoke"));
  EXPECT_FALSE(parsed<revoke_key>("/api_revoke " + key_id).sure);
  EXPECT_EQ(parsed<show_logs>("/logs " + dep + " 7").lines, 7U);
  for (const std::string count : {"0", "-1", "201", "x", "1e2"})
    EXPECT_TRUE(is<misuse>("/logs " + dep + " " + count)) << count;
}

TEST(Commands, AButtonSaysWhatItWasMadeForInAtMost64Bytes) {
  const model::deployment_id id{dep};
  const auto pressed = [](const std::string& data) {
    EXPECT_LE(data.size(), 64U);
    return parse_button(data);
  };
  EXPECT_EQ(std::get<show_logs>(pressed(press_logs(id))).deployment, id);
  for (const bool sure : {false, true}) {
    EXPECT_EQ(std::get<cancel>(pressed(press_cancel(id, sure))).sure, sure);
    EXPECT_EQ(std::get<roll_back>(pressed(press_roll_back(id, sure))).sure, sure);
    EXPECT_EQ(std::get<revoke_key>(pressed(press_revoke(key_id, sure))).sure, sure);
  }
  for (const auto& preset : key_presets()) {
    const offer_key longest{std::string(30, 'n'), {}, 3650, std::string(16, 'f')};
    const auto offer = std::get<offer_key>(pressed(press_offer(preset, longest)));
    EXPECT_EQ(offer.scopes, preset.scopes);
    EXPECT_EQ(offer.days, longest.days);
    EXPECT_EQ(offer.name, longest.name);
    EXPECT_EQ(offer.instead_of, longest.instead_of);
    EXPECT_FALSE(offer.scopes.has(model::scope::admin));
  }
  EXPECT_TRUE(std::holds_alternative<leave_it>(pressed(press_leave_it())));
  for (const auto* wrong : {"", "x", "k", "z:1", ":::", "k:read full", "k:a b"})
    EXPECT_FALSE(std::holds_alternative<offer_key>(parse_button(wrong))) << wrong;
}

TEST(Commands, AnAnswerToAQuestionIsToldApartFromTheQuestion) {
  const model::deployment_id id{dep};
  for (const auto& press : {press_cancel(id, true), press_roll_back(id, true), press_revoke(key_id, true),
                            press_leave_it(), press_offer(key_presets()[0])})
    EXPECT_TRUE(is_answer(parse_button(press))) << press;
  for (const auto& press :
       {press_cancel(id, false), press_roll_back(id, false), press_revoke(key_id, false), press_logs(id)})
    EXPECT_FALSE(is_answer(parse_button(press))) << press;
}

TEST(Commands, InAGroupOnlyOurOwnCommandsAddressTheBot) {
  EXPECT_TRUE(is_addressed("/api_create", "our_bot"));
  EXPECT_TRUE(is_addressed("/help@OUR_bot x", "our_bot"));
  for (const auto* other : {"/help@other_bot", "help", "/unknown", "", "hello /help"})
    EXPECT_FALSE(is_addressed(other, "our_bot")) << other;
}
