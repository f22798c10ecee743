#include "config/log_line.hpp"

#include <random>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace troupe::log {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

const config::redactor redact;
const std::chrono::system_clock::time_point noon =
    std::chrono::sys_days{std::chrono::year{2025} / 1 / 31} + std::chrono::milliseconds{43'200'007};

std::string as_text(std::string_view message, std::initializer_list<field> fields = {}) {
  return text_line({noon, level::info, message, fields}, redact);
}
std::string as_json(std::string_view message, std::initializer_list<field> fields = {}) {
  return json_line({noon, level::info, message, fields}, redact);
}

const std::vector<std::string>& hostile() {
  static const std::vector<std::string> texts{"line\nbreak",
                                              "carriage\rreturn",
                                              "\x1b[2J\x1b]0;title\x07",
                                              std::string{"nul\0byte", 8},
                                              "tab\t\v\f\b",
                                              "\x7f",
                                              "\xc2\x9b"
                                              "31m",
                                              "\xc2\x85",
                                              "\xe2\x80\xa8\xe2\x80\xa9",
                                              "\xe2\x80\xae"
                                              "cod",
                                              "\xe2\x81\xa6x",
                                              "\xff\xfe",
                                              "\xc3",
                                              "\xed\xa0\x80",
                                              "\xf4\x90\x80\x80",
                                              "\xc0\xaf",
                                              "\",\"level\":\"error",
                                              "x requestId=forged",
                                              "\\",
                                              "\\n",
                                              "\"",
                                              "",
                                              "{}",
                                              "%v %d {}",
                                              "é ü 漢 🎭"};
  return texts;
}

TEST(TextLine, IsReadableAndStartsWithTimeAndLevel) {
  EXPECT_EQ(as_text("deployment running",
                    {{"deploymentId", "d-1"}, {"attempt", 2}, {"ok", true}, {"share", 0.5}, {"name", "two words"}}),
            "2025-01-31T12:00:00.007Z INFO  deployment running deploymentId=d-1 attempt=2 ok=true share=0.5 name=\"two "
            "words\"");
}

TEST(TextLine, AValueThatCouldBeTakenForAnotherFieldIsQuoted) {
  EXPECT_THAT(as_text("m", {{"path", "/x requestId=forged"}}), HasSubstr("path=\"/x requestId=forged\""));
  EXPECT_THAT(as_text("m", {{"path", "a\"b"}}), HasSubstr("path=\"a\\\"b\""));
  EXPECT_THAT(as_text("m", {{"path", ""}}), HasSubstr("path=\"\""));
  EXPECT_THAT(as_text("m", {{"a b", 1}}), HasSubstr("\"a b\"=1"));
}

TEST(TextLine, OrdinaryTextOfAnyLanguageStays) {
  EXPECT_THAT(as_text("größer \"so\" 漢", {{"name", "été"}}), HasSubstr("größer \"so\" 漢 name=été"));
}

TEST(JsonLine, IsReadBackWithItsTypes) {
  const auto line = json::parse(as_json("deployment running", {{"deploymentId", "d-1"},
                                                               {"attempt", -2},
                                                               {"bytes", std::uint64_t{18'446'744'073'709'551'615U}},
                                                               {"ok", false},
                                                               {"share", 0.5}}));
  EXPECT_EQ(line, (json{{"time", "2025-01-31T12:00:00.007Z"},
                        {"level", "info"},
                        {"message", "deployment running"},
                        {"deploymentId", "d-1"},
                        {"attempt", -2},
                        {"bytes", 18'446'744'073'709'551'615U},
                        {"ok", false},
                        {"share", 0.5}}));
}

TEST(JsonLine, AFieldCannotReplaceAnother) {
  const auto line = json::parse(as_json("m", {{"level", "error"}, {"message", "forged"}, {"id", 1}, {"id", 2}}));
  EXPECT_EQ(line.at("level"), "info");
  EXPECT_EQ(line.at("message"), "m");
  EXPECT_EQ(line.at("level_"), "error");
  EXPECT_EQ(line.at("id"), 1);
  EXPECT_EQ(line.at("id_"), 2);
}

TEST(JsonLine, ANumberThatJsonLacksIsNull) {
  EXPECT_TRUE(json::parse(as_json("m", {{"x", std::numeric_limits<double>::quiet_NaN()}})).at("x").is_null());
}

void expect_one_clean_line(const std::string& line) {
  for (const unsigned char c : line) EXPECT_TRUE(c >= ' ' && c != 0x7f) << line;
  EXPECT_NO_THROW((void)json(line).dump()) << "not UTF-8";
  for (const auto* steering : {"\xc2\x9b", "\xc2\x85", "\xe2\x80\xa8", "\xe2\x80\xa9", "\xe2\x80\xae", "\xe2\x81\xa6"})
    EXPECT_THAT(line, Not(HasSubstr(steering)));
}

TEST(LogLine, HostileInputStaysInOneCleanLine) {
  for (const auto& text : hostile()) {
    expect_one_clean_line(as_text(text, {{"field", text}, {text, 1}}));
    const auto line = as_json(text, {{"field", text}, {text, 1}});
    expect_one_clean_line(line);
    EXPECT_EQ(json::parse(line).size(), 5U) << line;
  }
}

TEST(LogLine, ValidInputIsReadBackFromJsonExactly) {
  for (const auto* text : {"line\nbreak", "\x1b[2J", "\",\"level\":\"error", "é 漢 🎭", "\\n", "\x7f"})
    EXPECT_EQ(json::parse(as_json("m", {{"field", text}})).at("field"), text);
}

TEST(LogLine, RandomBytesStayInOneCleanLine) {
  std::mt19937 random{7};
  for (int round = 0; round < 20'000; ++round) {
    std::string text(random() % 24, '\0');
    for (auto& c : text) c = static_cast<char>(random() % 3 == 0 ? 0x80 + random() % 0x80 : random() % 0x100);
    expect_one_clean_line(as_text(text, {{"field", text}}));
    const auto line = as_json(text, {{"field", text}});
    expect_one_clean_line(line);
    ASSERT_TRUE(json::accept(line)) << line;
    if (HasFailure()) return;
  }
}

TEST(LogLine, SecretsAreMaskedInMessageFieldsAndByName) {
  for (const auto& line : {as_text("GET /auth/verify?token=CANARY", {{"header", "Bearer rw_prod_1.CANARY"},
                                                                     {"password", "CANARY"},
                                                                     {"database", config::secret{"CANARY"}}}),
                           as_json("GET /auth/verify?token=CANARY", {{"header", "Bearer rw_prod_1.CANARY"},
                                                                     {"password", "CANARY"},
                                                                     {"database", config::secret{"CANARY"}}})}) {
    EXPECT_THAT(line, Not(HasSubstr("CANARY")));
    EXPECT_THAT(line, HasSubstr("rw_prod_1.****"));
  }
}

TEST(LogLine, AHugeValueIsCutAfterItsSecretsAreMasked) {
  config::redactor knowing;
  knowing.hide("correct-horse-battery");
  const std::string text = std::string(longest_text - 8, 'x') + "correct-horse-battery" + std::string(1'000'000, 'y');
  const field fields[] = {{"field", text}};
  const auto line = json_line({noon, level::warn, "m", fields}, knowing);
  EXPECT_LT(line.size(), longest_text + 200);
  EXPECT_THAT(line, Not(HasSubstr("correct")));
  EXPECT_THAT(json::parse(line).at("field").get<std::string>(), HasSubstr("bytes more)"));
}

}  // namespace
}  // namespace troupe::log
