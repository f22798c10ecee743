// What comes in one stream for everybody: lines and lists, cut as they come.
#include <gtest/gtest.h>

#include "docker/event_reader.hpp"
#include "docker/json_reader.hpp"

namespace troupe::docker::tests {
namespace {

TEST(LineCutter, ALineThatIsTooLongIsLeftOutAlone) {
  std::vector<std::string> lines;
  line_cutter cutter([&](std::string_view line) { lines.emplace_back(line); });
  cutter.feed("one\n");
  for (int i = 0; i < 30; ++i) cutter.feed(std::string(50'000, 'x'));
  cutter.feed("rest\ntwo\n" + std::string(line_cutter::longest_line + 1, 'y') + "\nthr");
  cutter.feed("ee\n");
  EXPECT_EQ(lines, (std::vector<std::string>{"one", "two", "three"}));
}

TEST(ArrayCutter, AListIsCutIntoItsObjects) {
  const std::string text = R"( [ {"a":[1,{"b":"}]\"{"}]} , {"c":{}},"x",3,{"d":")" +
                           std::string(array_cutter::longest_element, 'x') + R"("},{"e":1}])";
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, text.size()}) {
    std::vector<std::string> found;
    array_cutter cutter([&](std::string_view element) { found.emplace_back(element); });
    for (std::size_t at = 0; at < text.size(); at += piece) cutter.feed(std::string_view(text).substr(at, piece));
    EXPECT_EQ(found, (std::vector<std::string>{R"({"a":[1,{"b":"}]\"{"}]})", R"({"c":{}})", R"({"e":1})"}));
    EXPECT_TRUE(cutter.complete());
  }
}

}  // namespace
}  // namespace troupe::docker::tests
