#include "http/request_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/request_path.hpp"
#include "tests/http_wall/raw_requests.hpp"

namespace troupe::http {
namespace {

constexpr reading_limits limits{8 * 1024, 32 * 1024, 100, 1024 * 1024};

struct outcome {
  reading last = reading::more;
  int status = 0;
  std::vector<request> requests;
};

// Feeds the bytes in the segments given by their ends, as a connection would.
outcome read_in_segments(std::string_view bytes, const std::vector<std::size_t>& ends) {
  request_reader reader(limits);
  outcome out;
  std::string rest;
  std::size_t begin = 0;
  for (const auto end : ends) {
    rest.append(bytes.substr(begin, end - begin));
    begin = end;
    while (!rest.empty()) {
      const auto step = reader.feed(rest);
      rest.erase(0, step.consumed);
      out.last = step.outcome;
      if (step.outcome == reading::complete) out.requests.push_back(reader.take());
      if (step.outcome == reading::rejected) {
        out.status = reader.status();
        return out;
      }
      if (step.outcome == reading::more) break;
    }
  }
  return out;
}

const std::string chunked_post =
    "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    "5\r\nabcde\r\n3;q=\"z\"\r\nfgh\r\n0\r\nTrailer: t\r\n\r\n";

TEST(RequestReader, ChunkedBodyIsReadWhereverTwoSegmentsEnd) {
  const std::string next = "GET /b?c=d HTTP/1.1\r\nHost: x\r\n\r\n";
  const auto bytes = chunked_post + next;
  for (std::size_t i = 1; i < bytes.size(); ++i) {
    for (std::size_t j = i; j < bytes.size(); ++j) {
      const auto out = read_in_segments(bytes, {i, j, bytes.size()});
      ASSERT_EQ(out.requests.size(), 2u) << i << " " << j << " status " << out.status;
      ASSERT_EQ(out.requests[0].body, "abcdefgh");
      ASSERT_EQ(out.requests[0].header("trailer"), nullptr);
      ASSERT_EQ(out.requests[1].path, "/b");
      ASSERT_EQ(out.requests[1].query, "c=d");
    }
  }
}

TEST(RequestReader, BodyIsReadByteByByte) {
  const std::string bytes = "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 8\r\n\r\nabcdefgh" + chunked_post;
  std::vector<std::size_t> ends;
  for (std::size_t i = 1; i <= bytes.size(); ++i) ends.push_back(i);
  const auto out = read_in_segments(bytes, ends);
  ASSERT_EQ(out.requests.size(), 2u);
  EXPECT_EQ(out.requests[0].body, "abcdefgh");
  EXPECT_EQ(out.requests[1].body, "abcdefgh");
}

TEST(RequestReader, EveryMalformedRequestIsRejectedInOnePieceAndByteByByte) {
  for (const auto& bad : testing::malformed_requests()) {
    EXPECT_EQ(read_in_segments(bad.bytes, {bad.bytes.size()}).status, bad.status) << bad.name;
    std::vector<std::size_t> ends;
    for (std::size_t i = 1; i <= bad.bytes.size(); ++i) ends.push_back(i);
    const auto dripped = read_in_segments(bad.bytes, ends);
    EXPECT_EQ(dripped.status, bad.status) << bad.name << " byte by byte";
    EXPECT_TRUE(dripped.requests.empty()) << bad.name;
  }
}

TEST(RequestReader, HeaderNamesAreLowerCasedAndValuesTrimmed) {
  const std::string bytes = "PUT /a%20b HTTP/1.1\r\nHOST: x:80\r\nX-Some:  \tv w \r\n\r\n";
  const auto out = read_in_segments(bytes, {bytes.size()});
  ASSERT_EQ(out.requests.size(), 1u);
  EXPECT_EQ(out.requests[0].method, "PUT");
  EXPECT_EQ(out.requests[0].path, "/a%20b");
  EXPECT_THAT(out.requests[0].header("x-some"), ::testing::Pointee(std::string("v w")));
}

TEST(RequestReader, HugeLengthReservesNothingAndIsRejected) {
  const std::string bytes = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4294967000\r\n\r\n";
  EXPECT_EQ(read_in_segments(bytes, {bytes.size()}).status, 413);
}

TEST(RequestPath, OnlyPlainPathsPass) {
  for (const auto* good :
       {"/", "/a", "/a/b/", "/a.b/..c", "/a%20b", "/~x;y=1,2:@!$&'()*+", "/%C3%A4", "/...", "/.well-known/x"})
    EXPECT_TRUE(is_plain_path(good)) << good;
  for (const auto* bad : {"", "a", "//", "/a//b", "/.", "/..", "/./", "/a/../b", "/%2e", "/%2E%2e/", "/%2f", "/%5C",
                          "/%00", "/%7f", "/%", "/%1", "/%gg"})
    EXPECT_FALSE(is_plain_path(bad)) << bad;
}

}  // namespace
}  // namespace troupe::http
