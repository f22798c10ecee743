#include "tests/http_wall/raw_requests.hpp"

namespace troupe::testing {

std::vector<raw_request> malformed_requests() {
  const std::string smuggled = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";
  const auto post = [](const std::string& headers, const std::string& body) {
    return "POST /x HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n" + body;
  };
  const auto get = [](const std::string& target) { return "GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n"; };
  const auto chunked = [&](const std::string& body) { return post("Transfer-Encoding: chunked\r\n", body); };
  const auto length = [&](const std::string& value) {
    return post("Content-Length: " + value + "\r\n", "abcde" + smuggled);
  };
  std::string many;
  for (int i = 0; i < 101; ++i) many.append("X-").append(std::to_string(i)).append(": 1\r\n");

  return {
      {"LengthAndChunked", post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n" + smuggled), 400,
       true},
      {"ChunkedAndLength", post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n" + smuggled), 400,
       true},
      {"TwoLengths", post("Content-Length: 5\r\nContent-Length: 41\r\n", "abcde" + smuggled), 400, true},
      {"SameLengthTwice", post("Content-Length: 5\r\nContent-Length: 5\r\n", "abcde" + smuggled), 400, true},
      {"LengthWithTail", length("5x"), 400, true},
      {"LengthWithPlus", length("+5"), 400, true},
      {"LengthList", length("5, 5"), 400, true},
      {"LengthWord", length("abc"), 400, true},
      {"LengthEmpty", length(""), 400, true},
      {"LengthNegative", length("-1"), 400, true},
      {"LengthHex", length("0x5"), 400, true},
      {"LengthHuge", length("99999999999999999999"), 400, true},
      {"LengthOverLimit", post("Content-Length: 4294967000\r\n", ""), 413},
      {"BodyOverLimitThatSmuggles", post("Content-Length: 2000000\r\n", smuggled + smuggled), 413, true},
      {"ChunkSizeHexPrefix", chunked("0x5\r\nabcde\r\n0\r\n\r\n" + smuggled), 400, true},
      {"ChunkSizePlus", chunked("+5\r\nabcde\r\n0\r\n\r\n" + smuggled), 400, true},
      {"ChunkSizeNegative", chunked("-5\r\nabcde\r\n0\r\n\r\n" + smuggled), 400, true},
      {"ChunkSizeHuge", chunked("fffffffffffffffff\r\nabcde\r\n0\r\n\r\n" + smuggled), 400, true},
      {"ChunkSizeEmpty", chunked("\r\nabcde\r\n0\r\n\r\n" + smuggled), 400, true},
      {"ChunkSizeOverLimit", chunked("200000\r\nabcde" + smuggled), 413, true},
      {"ChunkLongerThanSaid", chunked("3\r\nabcde\r\n0\r\n\r\n" + smuggled), 400, true},
      {"ChunkBareLf", chunked("5\nabcde\n0\n\n"), 400},
      {"ChunkExtensionLf", chunked("5;a\nabcde\r\n0\r\n\r\n"), 400},
      {"TransferUnknown", post("Transfer-Encoding: gzip\r\n", smuggled), 501, true},
      {"TransferTwice", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n" + smuggled),
       400, true},
      {"TransferList", post("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n" + smuggled), 501, true},
      {"TransferLookalike", post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n" + smuggled), 501, true},
      {"TransferInHttp10", "POST /x HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"BareLf", "GET /x HTTP/1.1\nHost: a\n\n", 400},
      {"BareLfInHeaders", "GET /x HTTP/1.1\r\nHost: a\nX: y\r\n\r\n", 400},
      {"LoneLf", "\n", 400},
      {"EmptyFirstLine", "\r\nGET /x HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"NulInValue", "GET /x HTTP/1.1\r\nHost: a\r\nX: a" + std::string(1, '\0') + "b\r\n\r\n", 400},
      {"CrInValue", "GET /x HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n", 400},
      {"EscapeInValue", "GET /x HTTP/1.1\r\nHost: a\r\nX: a\x1b[2J\r\n\r\n", 400},
      {"ObsoleteFold", "GET /x HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n", 400},
      {"FoldWithTab", "GET /x HTTP/1.1\r\nHost: a\r\nX: a\r\n\tb\r\n\r\n", 400},
      {"SpaceBeforeColon", post("Content-Length : 5\r\n", "abcde"), 400},
      {"HeaderWithoutName", "GET /x HTTP/1.1\r\nHost: a\r\n: a\r\n\r\n", 400},
      {"HeaderWithoutColon", "GET /x HTTP/1.1\r\nHost: a\r\nabc\r\n\r\n", 400},
      {"NoHost", "GET /x HTTP/1.1\r\n\r\n", 400},
      {"TwoHosts", "GET /x HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
      {"EmptyHost", "GET /x HTTP/1.1\r\nHost:\r\n\r\n", 400},
      {"HostWithPath", "GET /x HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
      {"HostWithUser", "GET /x HTTP/1.1\r\nHost: a@b\r\n\r\n", 400},
      {"AbsoluteForm", get("http://a/x"), 400},
      {"AsteriskForm", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"AuthorityForm", "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"DoubleSlash", get("//a"), 400},
      {"InnerDoubleSlash", get("/a//b"), 400},
      {"TrailingDoubleSlash", get("/a//"), 400},
      {"ParentSegment", get("/a/../b"), 400},
      {"DotSegment", get("/a/./b"), 400},
      {"TrailingParent", get("/a/.."), 400},
      {"EncodedDot", get("/a/%2e%2E/b"), 400},
      {"EncodedSlash", get("/a%2Fb"), 400},
      {"EncodedBackslash", get("/a%5cb"), 400},
      {"EncodedNul", get("/a%00"), 400},
      {"EncodedNewline", get("/a%0d%0aX:%20y"), 400},
      {"BrokenEscape", get("/a%zz"), 400},
      {"CutEscape", get("/a%2"), 400},
      {"Fragment", get("/a#b"), 400},
      {"Backslash", get("/a\\b"), 400},
      {"SpaceInTarget", get("/a b"), 400},
      {"RawUtf8InTarget", get("/\xc3\xa4"), 400},
      {"Http2Preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
      {"Http12", "GET /x HTTP/1.2\r\nHost: a\r\n\r\n", 505},
      {"Http09", "GET /x\r\n\r\n", 400},
      {"VersionWithTail", "GET /x HTTP/1.1x\r\nHost: a\r\n\r\n", 400},
      {"VersionLowerCase", "GET /x http/1.1\r\nHost: a\r\n\r\n", 400},
      {"TlsHello", std::string("\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03", 11), 400},
      {"UnknownExpectation", post("Expect: miracles\r\nContent-Length: 5\r\n", "abcde"), 417},
      {"FiftyThousandSlashes", get(std::string(50'000, '/')), 414},
      {"TargetTooLong", get("/" + std::string(9'000, 'a')), 414},
      {"HeadTooLarge", "GET /x HTTP/1.1\r\nHost: a\r\nX: " + std::string(40'000, 'a') + "\r\n\r\n", 431},
      {"HeadWithoutEnd", "GET /x HTTP/1.1\r\nHost: a\r\nX: " + std::string(40'000, 'a'), 431},
      {"TooManyHeaders", "GET /x HTTP/1.1\r\nHost: a\r\n" + many + "\r\n", 431},
      {"ChunkExtensionTooLarge", chunked("5;" + std::string(120'000, 'a')), 400},
      {"TrailersTooLarge", chunked("0\r\nX: " + std::string(120'000, 'a')), 400},
  };
}

}  // namespace troupe::testing
