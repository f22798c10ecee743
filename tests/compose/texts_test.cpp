// Variables, numbers, sizes, words and names.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/compose/expansion.hpp"
#include "http/compose/labels.hpp"
#include "http/compose/quantities.hpp"
#include "http/compose/shell_words.hpp"

using namespace troupe::http::compose;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

const std::map<std::string, std::string> variables{{"A", "one"}, {"EMPTY", ""}, {"B_2", "two"}};

expansion expanded(std::string_view text) {
  return expand(text, variables, 1000);
}

}  // namespace

TEST(ComposeExpansion, ReplacesVariablesAsComposeDoes) {
  const std::pair<const char*, const char*> cases[] = {
      {"plain", "plain"},
      {"$A", "one"},
      {"${A}", "one"},
      {"x-$A-$B_2!", "x-one-two!"},
      {"$A$A", "oneone"},
      {"$$A", "$A"},
      {"$$", "$"},
      {"$$$A", "$one"},
      {"a$$${A}", "a$one"},
      {"${EMPTY}", ""},
      {"${A:-x}", "one"},
      {"${A-x}", "one"},
      {"${EMPTY:-x}", "x"},
      {"${EMPTY-x}", ""},
      {"${NONE:-x}", "x"},
      {"${NONE-x}", "x"},
      {"${NONE:-}", ""},
      {"${NONE:-a:b/c?d=e-f}", "a:b/c?d=e-f"},
      {"${NONE:-${A}}", "one"},
      {"${NONE:-${OTHER:-${B_2}}}", "two"},
      {"${NONE:-a${OTHER-b}c}", "abc"},
      {"${NONE:-$$}", "$"},
      {"${NONE:-$${A}}", "${A}"},  // $$ is one $, and begins no variable
      {"${A:+x}", "x"},
      {"${EMPTY:+x}", ""},
      {"${EMPTY+x}", "x"},
      {"${NONE+x}", ""},
      {"${A:?why}", "one"},
      {"${EMPTY?why}", ""},
      {"${A:-${NONE}}", "one"},  // only what is chosen is looked at
  };
  for (const auto& [text, becomes] : cases) {
    EXPECT_EQ(expanded(text).fault, "") << text;
    EXPECT_EQ(expanded(text).text, becomes) << text;
  }
}

TEST(ComposeExpansion, SaysWhatIsMissingOrBroken) {
  const std::pair<const char*, const char*> cases[] = {
      {"${NONE}", "needs the variable NONE, which is not given"},
      {"$NONE", "${NONE:-default}"},
      {"${NONE:?the password}", "needs the variable NONE: the password"},
      {"${EMPTY:?}", "needs the variable EMPTY: give it a value"},
      {"${NONE?${A}}", "needs the variable NONE: one"},
      {"5$", "write $$"},
      {"$1", "write $$"},
      {"${A", "without its }"},
      {"${}", "without a variable's name"},
      {"${A!x}", "after the variable A"},
      {"${A:x}", "after the variable A"},
      {"${NONE:-${OTHER}}", "needs the variable OTHER"},
  };
  for (const auto& [text, fault] : cases) EXPECT_THAT(expanded(text).fault, HasSubstr(fault)) << text;
}

TEST(ComposeExpansion, HasEndsInDepthAndLength) {
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "${X:-";
  EXPECT_NE(expanded(deep + std::string(100'000, '}')).fault, "");
  std::string twenty;
  for (int i = 0; i < 20; ++i) twenty += "${X:-";
  EXPECT_THAT(expanded(twenty + std::string(20, '}')).fault, HasSubstr("deep"));
  std::string many;
  for (int i = 0; i < 400; ++i) many += "$A";
  EXPECT_THAT(expanded(many).fault, HasSubstr("too long"));
}

TEST(ComposeQuantities, AreReadAsComposeWritesThem) {
  EXPECT_EQ(parse_seconds("90s"), 90);
  EXPECT_EQ(parse_seconds("1m30s"), 90);
  EXPECT_EQ(parse_seconds("1h5m30s20ms"), 3931);
  EXPECT_EQ(parse_seconds("1.5h"), 5400);
  EXPECT_EQ(parse_seconds("500ms"), 1);
  EXPECT_EQ(parse_seconds("1000ms"), 1);
  EXPECT_EQ(parse_seconds("10us"), 1);
  EXPECT_EQ(parse_seconds("0s"), 0);
  EXPECT_EQ(parse_seconds("0"), 0);
  for (const auto* wrong : {"", "10", "s", "-1s", "1x", "1s2", "1..2s", "9999999999999999h", "1 s"})
    EXPECT_EQ(parse_seconds(wrong), std::nullopt) << wrong;
  EXPECT_EQ(parse_megabytes("512m"), 512);
  EXPECT_EQ(parse_megabytes("512M"), 512);
  EXPECT_EQ(parse_megabytes("512mb"), 512);
  EXPECT_EQ(parse_megabytes("1.5g"), 1536);
  EXPECT_EQ(parse_megabytes("2GiB"), 2048);
  EXPECT_EQ(parse_megabytes("1048576"), 1);
  EXPECT_EQ(parse_megabytes("1048577b"), 2);
  EXPECT_EQ(parse_megabytes("100k"), 1);
  EXPECT_EQ(parse_megabytes("1t"), 1024 * 1024);
  for (const auto* wrong : {"", "m", "-1m", "1x", "1mm", "1e400g", "99999999999999999t"})
    EXPECT_EQ(parse_megabytes(wrong), std::nullopt) << wrong;
  EXPECT_EQ(parse_whole("-1"), -1);
  for (const auto* wrong : {"", "1.0", "0x10", "+1", " 1", "99999999999999999999"})
    EXPECT_EQ(parse_whole(wrong), std::nullopt) << wrong;
  for (const auto* wrong : {"", "nan", "inf", "1e999", "x"}) EXPECT_EQ(parse_number(wrong), std::nullopt) << wrong;
  EXPECT_EQ(parse_truth("true"), true);
  EXPECT_EQ(parse_truth("False"), false);
  for (const auto* text : {"yes", "no", "on", "off", "1", ""}) EXPECT_EQ(parse_truth(text), std::nullopt) << text;
}

TEST(ComposeWords, AreSplitAsAShellSplitsThem) {
  EXPECT_THAT(*split_words("a b  c\t\nd"), ElementsAre("a", "b", "c", "d"));
  EXPECT_THAT(*split_words("  "), ElementsAre());
  EXPECT_THAT(*split_words("a'b c'd \"e f\" ''"), ElementsAre("ab cd", "e f", ""));
  EXPECT_THAT(*split_words(R"(a\ b \"c\" '\n')"), ElementsAre("a b", "\"c\"", "\\n"));
  EXPECT_THAT(*split_words(R"("a \"b\" \$c \d")"), ElementsAre(R"(a "b" $c \d)"));
  EXPECT_THAT(*split_words("a\\\nb"), ElementsAre("ab"));
  EXPECT_THAT(*split_words("sh -c 'echo $HOME; ls | wc'"), ElementsAre("sh", "-c", "echo $HOME; ls | wc"));
  for (const auto* wrong : {"'a", "\"a", "a\\"}) EXPECT_EQ(split_words(wrong), std::nullopt) << wrong;
}

TEST(ComposeLabels, AreMadeOfNames) {
  EXPECT_EQ(label_of("web"), "web");
  EXPECT_EQ(label_of("My_App.v2"), "my-app-v2");
  for (const auto* wrong : {"", "_a", "a_", "a b", "é", "a/b"}) EXPECT_EQ(label_of(wrong), std::nullopt) << wrong;
  EXPECT_NE(label_of(std::string(40, 'a')), std::nullopt);
  EXPECT_EQ(label_of(std::string(41, 'a')), std::nullopt);
}
