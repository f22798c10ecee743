// From bytes to a tree: syntax, aliases, merge keys and limits.
#include <gmock/gmock.h>

#include "tests/compose/compose_file.hpp"

using namespace troupe::test;
using nlohmann::json;
using testing::HasSubstr;
using testing::StartsWith;

namespace {

std::string flow_maps(int deep) {
  std::string out;
  for (int i = 0; i < deep; ++i) out += "{a: ";
  return out + std::string(static_cast<std::size_t>(deep), '}');
}

}  // namespace

TEST(ComposeParse, ReadsYamlAndJsonAlike) {
  const auto yaml = read_well("name: shop\nservices:\n  web:\n    image: nginx:1.27\n    environment: {A: b}\n");
  const auto as_json =
      read_well(R"({"name": "shop", "services": {"web": {"image": "nginx:1.27", "environment": {"A": "b"}}}})");
  EXPECT_EQ(yaml.name, "shop");
  EXPECT_EQ(yaml.services.at(0).body, as_json.services.at(0).body);
  EXPECT_EQ(yaml.services.at(0).body, json({{"name", "web"}, {"image", "nginx:1.27"}, {"envVars", {{"A", "b"}}}}));
}

TEST(ComposeParse, TakesWhatOnlyJsonSays) {
  const auto app = read_well(
      "{\n\t\"services\": {\"web\": {\n\t\t\"image\":\t\"a\\/b\",\n\t\t\"environment\": {\"A\":\"\\ud83d\\ude00 "
      "\\\\ud83d "
      "\\u00e9\"}}}}");
  EXPECT_EQ(app.services.at(0).body["image"], "a/b");
  EXPECT_EQ(app.services.at(0).body["envVars"]["A"], "😀 \\ud83d é");
}

TEST(ComposeParse, TakesAByteOrderMarkOfUtf8) {
  EXPECT_EQ(read_well("\xEF\xBB\xBFservices: {web: {image: a}}").services.size(), 1u);
}

TEST(ComposeParse, TakesCarriageReturns) {
  EXPECT_EQ(read_well("services:\r\n  web:\r\n    image: a\r\n").services.at(0).body["image"], "a");
}

TEST(ComposeParse, TellsWhatIsNoYamlWithItsPlace) {
  const struct {
    std::string text, begins, holds;
  } cases[] = {
      {"", "1:1", "is empty"},
      {"# only a comment\n", "1:1", "is empty"},
      {"--- \n", "1:1", "is empty"},
      {"- a\n- b\n", "1:1", "must be a map at the top"},
      {"just text\n", "1:1", "must be a map at the top"},
      {"services:\n\tweb:\n", "2:", "tab"},
      {"services:\n  web:\n  \timage: a\n", "3:", "tab"},
      {"services: {web: {image: a}\n", "", "is not closed"},
      {"services:\n  web:\n    image: \"a\n", "", "quote"},
      {"services:\n  web:\n    image: a: b\n", "3:13", "colon"},
      {"services:\n  web:\n    image: *none\n", "3:12", "alias"},
      {"services:\n  web:\n    image: @a\n", "3:12", "needs quotes"},
      {"services:\n  web:\n    image: \"\\q\"\n", "3:", "in double quotes"},
      {"services: {}\n---\nservices: {}\n", "2:1", "second document"},
      {std::string("\xFF\xFEs\0", 4), "1:1", "UTF-16"},
      {std::string("\xFE\xFF\0s", 4), "1:1", "UTF-16"},
      {"services:\n  a\xC3: b\n", "2:4", "not UTF-8"},
      {"services:\n  a\xED\xA0\x80: b\n", "2:4", "not UTF-8"},
      {"a: b\x04\n", "1:5", "control character"},
      {"services:\n  web:\n    image: \"a\\0\"\n", "3:12", "U+0000"},
      {"services:\n  ? [a]\n  : b\n", "2:5", "where a key must stand"},
      {"services:\n  web: !include x\n", "2:8", "tag"},
      {"services:\n  web: &a\n    image: b\n    x-a: [*a]\n", "4:11", "itself a part"},
  };
  for (const auto& [text, begins, holds] : cases) {
    const auto all = told(outcome_of(text).wrong);
    EXPECT_THAT(all, StartsWith(begins)) << text;
    EXPECT_THAT(all, HasSubstr(holds)) << text;
  }
}

TEST(ComposeParse, CountsColumnsInBytes) {
  EXPECT_THAT(told(outcome_of("services: {web: {image: é, pid: host}}").wrong), StartsWith("1:29 services.web.pid"));
}

TEST(ComposeParse, RefusesAKeyThatIsGivenTwice) {
  EXPECT_EQ(told(outcome_of("services:\n  web:\n    image: a\n    init: true\n    image: b\n").wrong),
            "5:5 image is given twice in one map, first in line 3: leave one of them out\n");
  EXPECT_THAT(told(outcome_of("services:\n  web: {image: a}\n  web: {image: b}\n").wrong),
              HasSubstr("3:3 web is given twice"));
}

TEST(ComposeParse, FollowsAliasesAndMergeKeys) {
  const auto app = read_well(
      "x-base: &base\n  image: a\n  restart: always\n  environment: &env {A: one}\n"
      "x-more: &more {image: c, init: true}\n"
      "services:\n  one:\n    <<: *base\n  two:\n    <<: [*base, *more]\n    restart: \"no\"\n    environment:\n      "
      "<<: *env\n      B: two\n");
  EXPECT_EQ(
      app.services[0].body,
      json({{"name", "one"}, {"image", "a"}, {"restartPolicy", {{"condition", "any"}}}, {"envVars", {{"A", "one"}}}}));
  EXPECT_EQ(app.services[1].body, json({{"name", "two"},
                                        {"image", "a"},
                                        {"init", true},
                                        {"restartPolicy", {{"condition", "none"}}},
                                        {"envVars", {{"A", "one"}, {"B", "two"}}}}));
}

TEST(ComposeParse, RefusesMergingOfWhatIsNoMap) {
  EXPECT_THAT(told(outcome_of("services:\n  web:\n    <<: text\n    image: a\n").wrong),
              StartsWith("3:5 << must be given a map"));
}

TEST(ComposeParse, HasAnEndInDepthBytesValuesAndServices) {
  EXPECT_THAT(told(outcome_of("x-a: " + std::string(10'000, '[') + std::string(10'000, ']')).wrong),
              HasSubstr("nested more than 32 deep"));
  EXPECT_THAT(told(outcome_of("x-a: " + flow_maps(10'000)).wrong), HasSubstr("nested more than 32 deep"));
  EXPECT_THAT(told(outcome_of("a: " + std::string(1024 * 1024, 'b')).wrong), HasSubstr("more than 1048576 bytes"));
  std::string bomb = "x-0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    const auto former = "*a" + std::to_string(i - 1);
    bomb += "x-" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 10; ++j) bomb += former + ", ";
    bomb += "x]\n";
  }
  EXPECT_THAT(told(outcome_of(bomb).wrong), HasSubstr("more than 20000 values"));
  std::string many = "services:\n";
  for (int i = 0; i < 1001; ++i) many += "  s" + std::to_string(i) + ": {image: a}\n";
  EXPECT_THAT(told(outcome_of(many).wrong), HasSubstr("more than 1000 services"));
  std::string texts = "x-a: &a " + std::string(100'000, 'b') + "\nservices:\n  web:\n    image: a\n    command:\n";
  for (int i = 0; i < 100; ++i) texts += "    - *a\n";
  EXPECT_THAT(told(outcome_of(texts).wrong), HasSubstr("more than 4194304 bytes"));
}

TEST(ComposeParse, TakesScalarsAsTheyAreWritten) {
  EXPECT_EQ(
      fields("environment: {A: 1.10, B: true, C: yes, D: 0x10, E: '', F: 1_000, G: \"2\", H: 2026-01-01}")["envVars"],
      json({{"A", "1.10"},
            {"B", "true"},
            {"C", "yes"},
            {"D", "0x10"},
            {"E", ""},
            {"F", "1_000"},
            {"G", "2"},
            {"H", "2026-01-01"}}));
}
