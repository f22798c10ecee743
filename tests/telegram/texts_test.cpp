#include "telegram/texts.hpp"

#include <random>

#include <gtest/gtest.h>

using namespace troupe;
using namespace troupe::telegram;
using namespace std::chrono_literals;

namespace {

const model::timestamp now{std::chrono::seconds{1'800'000'000}};

// What a reader of parse_mode HTML makes of it; fails where it could not be read.
std::string visible(std::string_view html) {
  std::string out;
  std::vector<std::string> open;
  for (std::size_t i = 0; i < html.size(); ++i) {
    if (html[i] == '<') {
      const auto end = html.find('>', i);
      EXPECT_NE(end, html.npos);
      std::string tag(html.substr(i + 1, end - i - 1));
      if (tag.starts_with('/')) {
        EXPECT_FALSE(open.empty());
        if (!open.empty()) {
          EXPECT_EQ(open.back(), tag.substr(1));
          open.pop_back();
        }
      } else {
        EXPECT_TRUE(tag == "b" || tag == "i" || tag == "code" || tag == "pre") << tag;
        open.push_back(tag);
      }
      i = end;
    } else if (html[i] == '&') {
      const auto end = html.find(';', i);
      const auto entity = html.substr(i, end - i + 1);
      EXPECT_TRUE(entity == "&lt;" || entity == "&gt;" || entity == "&amp;" || entity == "&quot;") << entity;
      out += entity == "&lt;" ? '<' : entity == "&gt;" ? '>' : entity == "&amp;" ? '&' : '"';
      i = end;
    } else {
      EXPECT_NE(html[i], '>');
      out += html[i];
    }
  }
  EXPECT_TRUE(open.empty());
  return out;
}

void expect_sendable(const message& m) {
  const auto text = visible(m.html);
  EXPECT_GE(texts::utf16_length(text), 1U);
  EXPECT_LE(texts::utf16_length(text), texts::longest);
  for (const auto& row : m.buttons)
    for (const auto& one : row) {
      EXPECT_FALSE(one.label.empty());
      EXPECT_GE(one.data.size(), 1U);
      EXPECT_LE(one.data.size(), 64U);
    }
}

model::deployment deployment_of(const std::string& text) {
  model::deployment d;
  d.id = {"dep_aaaaaaaaaaaaaaaa"};
  d.job = {"job_aaaaaaaaaaaaaaaa"};
  d.spec.service = text;
  d.status = model::deployment_status::failed;
  d.error = model::failure{model::failure_code::exited, text, text, text, text};
  d.health = {true, text, now};
  d.created_at = now - 5min;
  return d;
}

}  // namespace

TEST(Texts, AnythingFromOutsideLeavesAMessageThatTelegramTakes) {
  std::mt19937 random(7);
  const std::vector<std::string> pieces{"<b>",
                                        "</code>",
                                        "&",
                                        "&lt",
                                        "\"",
                                        "'",
                                        "\x1b[31m",
                                        "\x1b]0;x\a",
                                        "\r\n",
                                        "\t",
                                        std::string(1, '\0'),
                                        "\xff",
                                        "\xc0\xaf",
                                        "\xf0\x9f\x98\x80",
                                        "\xe2\x80\xae",
                                        "\xed\xa0\x80",
                                        "a",
                                        "_*[`",
                                        "https://evil.example/"};
  for (int round = 0; round < 300; ++round) {
    std::string text;
    const auto length = random() % (round % 10 == 0 ? 3000 : 30);
    for (unsigned i = 0; i < length; ++i) text += pieces[random() % pieces.size()];
    const auto d = deployment_of(text);
    actors::deployment_view view;
    view.row = d;
    model::api_key key{"aaaaaaaaaaaaaaaa", {"usr_a"}, text, model::scope_set::user(), "", now - 2h, {}, {}, {}};
    model::environment environment{{"env_aaaaaaaaaaaaaaaa"},          {"usr_a"}, text, "",
                                   model::environment_status::active, 1,         now,  now};
    for (const auto& m :
         {texts::status(view, now),
          texts::notice(actors::notice_kind::failed, d),
          texts::notice(actors::notice_kind::running, d),
          texts::notice(actors::notice_kind::succeeded, d),
          texts::notice(actors::notice_kind::degraded, d),
          texts::keys(std::vector(60, key), now),
          texts::account({{text}, "", "", model::scope_set::user(), {}, {}}),
          texts::revoke_question(key),
          texts::environments(std::vector(120, environment)),
          texts::deployments(std::vector(10, texts::environment_deployments{environment, {d, d, d, d, d}})),
          texts::logs(d.id, std::vector(100, actors::log_line{now, false, "", text})),
          texts::wrong_use({"logs", text}),
          texts::only_in_private(text),
          texts::cancel_question(d),
          texts::roll_back_question(d),
          texts::accepted(text, d),
          texts::refused(text),
          texts::certificate({{"usr_a"}, text, text}),
          texts::key_link("https://x.example/auth/verify?token=a&b=c", {text, model::scope_set::user(), {}}, 15min,
                          "0123456789abcdef"),
          texts::key_made(key),
          texts::scopes_question({text, 3650})})
      expect_sendable(m);
  }
  for (const auto& m :
       {texts::welcome(true), texts::welcome(false), texts::help(true), texts::help(false), texts::not_found(),
        texts::unavailable(), texts::left_alone(), texts::not_invited(), texts::not_listed(1234567890),
        texts::notify(true), texts::notify(false), texts::keys({}, now), texts::environments({}),
        texts::deployments({}), texts::logs({"dep_a"}, {}), texts::revoked("x")})
    expect_sendable(m);
}

TEST(Texts, TerminalSequencesAndWhatCannotBeSeenAreDropped) {
  EXPECT_EQ(texts::clean("a\x1b[1;31mb\x1b]0;title\ac\x1b]8;;http://x\x1b\\d\r\be\x7f"), "abcde");
  EXPECT_EQ(texts::clean("\xe2\x80\xaex\xe2\x80\x8b"), "x");
  EXPECT_EQ(texts::clean("\xff"), "\xEF\xBF\xBD");
  EXPECT_EQ(texts::escape("<a href=\"x\">&"), "&lt;a href=&quot;x&quot;&gt;&amp;");
}

TEST(Texts, LengthIsCountedAsTelegramDoesAndACutNeverSplitsACharacter) {
  EXPECT_EQ(texts::utf16_length("a\xc3\xa4\xf0\x9f\x98\x80"), 4U);
  EXPECT_EQ(texts::shorten("abc", 3), "abc");
  EXPECT_EQ(texts::shorten("abcd", 3), "ab…");
  EXPECT_EQ(texts::shorten("\xf0\x9f\x98\x80\xf0\x9f\x98\x80", 3), "\xf0\x9f\x98\x80…");
}

TEST(Texts, LogsShowTheNewestLinesThatFit) {
  std::vector<actors::log_line> lines;
  for (int i = 0; i < 200; ++i) lines.push_back({now, false, "", "line " + std::to_string(i) + std::string(100, 'x')});
  const auto text = texts::logs({"dep_a"}, lines).html;
  EXPECT_NE(text.find("line 199x"), text.npos);
  EXPECT_EQ(text.find("line 100x"), text.npos);
  EXPECT_LT(text.find("line 198x"), text.find("line 199x"));
}

TEST(Texts, AJobsEndIsToldAndOffersNoWayBack) {
  auto d = deployment_of("migrate");
  d.spec.job = model::job_terms{};
  const auto well = texts::notice(actors::notice_kind::succeeded, d);
  EXPECT_NE(well.html.find("has run to its end"), well.html.npos);
  d.error = model::make_failure(model::failure_code::exited, "It ended.");
  for (const auto& m : {well, texts::notice(actors::notice_kind::failed, d)}) {
    ASSERT_EQ(m.buttons.size(), 1U);
    EXPECT_EQ(m.buttons[0].size(), 1U);
  }
}

TEST(Texts, AFailureTellsReasonHintAndEvidence) {
  auto d = deployment_of("web");
  d.error = model::make_failure(model::failure_code::out_of_memory, "It needed more.", "exit 137");
  const auto m = texts::notice(actors::notice_kind::failed, d);
  for (const auto& part : {std::string("OUT_OF_MEMORY"), std::string("It needed more."), std::string("exit 137")})
    EXPECT_NE(m.html.find(part), m.html.npos) << part;
  EXPECT_NE(m.html.find(texts::escape(d.error->hint)), m.html.npos);
  ASSERT_EQ(m.buttons.size(), 1U);
  EXPECT_EQ(m.buttons[0].size(), 2U);
}
