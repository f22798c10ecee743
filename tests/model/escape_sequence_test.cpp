#include "actors/model/escape_sequence.hpp"

#include <string>

#include <gtest/gtest.h>

namespace troupe::model::testing {
namespace {

TEST(EscapeSequence, EndsWhereATerminalSaysSo) {
  using namespace std::string_view_literals;
  const struct {
    std::string_view text, rest;
  } cases[] = {
      {"\x1b[31mred"sv, "red"},
      {"\x1b[1;38;5;200mx"sv, "x"},
      {"\x1b]0;title\ax"sv, "x"},
      {"\x1b]8;;http://a\x1b\\x"sv, "x"},
      {"\x1bPq\x1b\\x"sv, "x"},
      {"\x1b(Bx"sv, "x"},
      {"\x1b%Gx"sv, "x"},
      {"\x1b=x"sv, "x"},
      {"\x1b"sv, ""},
      {"\x1b["sv, ""},
      {"\x1b[31\nx"sv, "\nx"},
      {"\x1b]unfinished\nx"sv, "\nx"},
      {"\x1b\nx"sv, "\nx"},
      {"\x1b\xc3\xa4"sv, "\xc3\xa4"},
  };
  for (const auto& c : cases) EXPECT_EQ(c.text.substr(behind_escape(c.text, 0)), c.rest) << c.text;
}

}  // namespace
}  // namespace troupe::model::testing
