#include "docker/log_frames.hpp"

#include <gtest/gtest.h>

#include "docker/json_reader.hpp"

namespace troupe::docker::tests {
namespace {

std::string frame(char stream, const std::string& text) {
  return std::string{stream, 0, 0, 0, 0, 0, static_cast<char>(text.size() >> 8U), static_cast<char>(text.size())} +
         text;
}

TEST(LogFrames, AreReadHoweverTheyAreCut) {
  const auto bytes = frame(1, "2026-11-23T14:46:31.5Z one\n") + frame(2, "2026-11-23T14:46:31.6Z t") +
                     frame(1, "2026-11-23T14:46:32Z three") + frame(2, "wo\n") + frame(1, "\n") + frame(1, "no time");
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    std::vector<actors::log_line> lines;
    log_frames frames("web.1", escapes::strip,
                      [&](actors::log_line line) { return lines.push_back(std::move(line)), true; });
    ASSERT_TRUE(frames.feed(std::string_view(bytes).substr(0, cut)));
    ASSERT_TRUE(frames.feed(std::string_view(bytes).substr(cut)));
    frames.finish();
    ASSERT_EQ(lines.size(), 4U) << cut;
    EXPECT_EQ(lines[0].message, "one");
    EXPECT_FALSE(lines[0].is_stderr);
    EXPECT_EQ(lines[0].at.time_since_epoch().count() % 1'000'000, 500'000);
    EXPECT_EQ(lines[1].message, "two");
    EXPECT_TRUE(lines[1].is_stderr);
    EXPECT_EQ(lines[2].message, "three");
    EXPECT_EQ(lines[3].message, "no time");
    EXPECT_EQ(lines[3].container, "web.1");
  }
}

std::vector<actors::log_line> lines_of(const std::string& bytes, escapes treatment = escapes::strip) {
  std::vector<actors::log_line> lines;
  log_frames frames("web.1", treatment, [&](actors::log_line line) { return lines.push_back(std::move(line)), true; });
  EXPECT_TRUE(frames.feed(bytes));
  frames.finish();
  return lines;
}

// Docker keeps a long line in pieces of 16 KiB, and dates each.
TEST(LogFrames, TheTimestampsOfALinesPiecesAreNoPartOfIt) {
  const std::string piece(16'384, 'x');
  const auto lines = lines_of(frame(1, "2026-11-23T14:46:31.5Z " + piece) + frame(2, "2026-11-23T14:46:40Z other\n") +
                              frame(1, "2026-11-23T14:46:32Z " + piece) + frame(1, "2026-11-23T14:46:33Z end\n") +
                              frame(1, "2026-11-23T14:46:34Z next\n"));
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[0].message, "other");
  EXPECT_EQ(lines[1].message, piece + piece + "end");
  EXPECT_EQ(lines[1].at, *time_of("2026-11-23T14:46:31.5Z"));
  EXPECT_EQ(lines[2].message, "next");
  EXPECT_EQ(lines[2].at, *time_of("2026-11-23T14:46:34Z"));
}

TEST(LogFrames, APieceThatBeginsWithNoTimeIsKeptWhole) {
  const auto lines = lines_of(frame(1, "2026-11-23T14:46:31Z a") + frame(1, "b c\n") + frame(1, "d\n"));
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].message, "ab c");
  EXPECT_EQ(lines[1].message, "d");
  EXPECT_EQ(lines[1].at, lines[0].at) << "no line is of 1970";
}

TEST(LogFrames, PartsOfALineThatIsTooLongAreAllOfItsTime) {
  std::string text;
  while (text.size() < 3 * log_frames::longest_line) text += "\xc3\xa4";
  std::string bytes;
  for (std::size_t at = 0; at < text.size(); at += 16'384)
    bytes += frame(1, "2026-11-23T14:46:31.5Z " + text.substr(at, 16'384));
  const auto lines = lines_of(bytes + frame(1, "2026-11-23T14:46:39Z \n"));
  ASSERT_GE(lines.size(), 3U);
  std::string joined;
  for (const auto& line : lines) {
    EXPECT_EQ(line.at, *time_of("2026-11-23T14:46:31.5Z"));
    EXPECT_LE(line.message.size(), log_frames::longest_line);
    joined += line.message;
  }
  EXPECT_TRUE(joined == text) << "no character is cut in two";
}

TEST(LogFrames, EscapeSequencesGoWholeUnlessTheyAreAskedFor) {
  const std::string coloured =
      "\x1b[1;32mINFO\x1b[0m a \x1b]0;title\x07"
      "b\x1b(B\x1b=c \xc2\x9b"
      "d";
  const auto bytes = frame(1, "2026-11-23T14:46:31Z " + coloured + "\n");
  EXPECT_EQ(lines_of(bytes).at(0).message, "INFO a bc d");
  EXPECT_EQ(lines_of(bytes, escapes::keep).at(0).message,
            "\x1b[1;32mINFO\x1b[0m a \x1b]0;title"
            "b\x1b(B\x1b=c d");
}

TEST(LogFrames, AContainerWithATerminalHasNone) {
  const std::string stream = "2026-01-02T03:04:05Z first\r\n2026-01-02T03:04:06Z \r\n2026-01-02T03:04:07Z last";
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, stream.size()}) {
    std::vector<actors::log_line> lines;
    log_frames frames("web.1", escapes::strip, [&](actors::log_line line) { return lines.push_back(line), true; });
    for (std::size_t i = 0; i < stream.size(); i += piece) ASSERT_TRUE(frames.feed(stream.substr(i, piece)));
    frames.finish();
    ASSERT_EQ(lines.size(), 3U);
    EXPECT_EQ(lines[0].message, "first");
    EXPECT_EQ(lines[1].message, "");
    EXPECT_EQ(lines[2].message, "last");
    EXPECT_FALSE(lines[2].is_stderr);
    EXPECT_EQ(lines[2].at - lines[0].at, std::chrono::seconds(2));
  }
}

TEST(LogFrames, HostileInputEndsOrStaysBounded) {
  log_frames none("x", escapes::strip, [](actors::log_line) { return true; });
  EXPECT_FALSE(none.feed("HTTP/1.1 200 OK\r\n\r\n"));
  EXPECT_FALSE(none.feed(frame(1, "a\n")));
  std::size_t longest = 0, count = 0;
  log_frames endless("x", escapes::strip, [&](actors::log_line line) {
    return longest = std::max(longest, line.message.size()), ++count, true;
  });
  ASSERT_TRUE(endless.feed(std::string("\1\0\0\0\xff\xff\xff\xff", 8)));
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(endless.feed(std::string(10'000, 'x')));
  EXPECT_LE(longest, log_frames::longest_line);
  EXPECT_GT(count, 10U);
  log_frames enough("x", escapes::strip, [](actors::log_line) { return false; });
  EXPECT_FALSE(enough.feed(frame(1, "a\nb\n")));
}

TEST(CleanText, IsAlwaysUtf8WithoutControls) {
  EXPECT_EQ(clean_text(std::string_view("a\0b\xff\xc3\xa4\xe2\x82\n", 9)), "ab?\xc3\xa4??\n");
  EXPECT_EQ(clean_text("abcdef", 3), "def");
}

}  // namespace
}  // namespace troupe::docker::tests
