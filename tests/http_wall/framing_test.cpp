#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/http_wall/echo_wall.hpp"
#include "tests/http_wall/eventually.hpp"
#include "tests/http_wall/raw_client.hpp"
#include "tests/http_wall/raw_requests.hpp"

namespace troupe::http {
namespace {

using namespace std::chrono_literals;
using testing::echo_wall;
using testing::eventually;
using testing::raw_client;

TEST(Wall, AnswersAndKeepsTheConnection) {
  echo_wall wall;
  raw_client client(wall.port);
  for (int i = 0; i < 3; ++i) {
    client.send("POST /a?b=c HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nabcde");
    const auto answer = client.read_answer();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(answer->body, "POST /a?b=c 5");
    EXPECT_EQ(answer->header("content-type"), "text/plain");
    EXPECT_THAT(answer->header("date"), ::testing::EndsWith(" GMT"));
    EXPECT_EQ(answer->header("connection"), "");
  }
  EXPECT_EQ(wall.server.connections(), 1u);
  EXPECT_TRUE(eventually([&] { return wall.server.in_flight() == 0; }));
}

TEST(Wall, ChunkedRequestIsAnsweredWhereverItsSegmentsEnd) {
  echo_wall wall;
  const std::string bytes = "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n";
  for (std::size_t i = 1; i < bytes.size(); ++i) {
    raw_client client(wall.port);
    client.send(std::string_view(bytes).substr(0, i));
    EXPECT_FALSE(client.readable_within(2ms)) << i;
    client.send(std::string_view(bytes).substr(i));
    const auto answer = client.read_answer(false, 2s);
    ASSERT_TRUE(answer) << "cut at " << i;
    EXPECT_EQ(answer->body, "POST /a 5");
  }
}

TEST(Wall, EveryMalformedRequestIsAnsweredOnceAndEndsTheConnection) {
  echo_wall wall;
  for (const auto& bad : testing::malformed_requests()) {
    raw_client client(wall.port);
    client.send(bad.bytes);
    client.send("GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n");
    const auto answers = client.read_answers(5s);
    EXPECT_TRUE(client.closed()) << bad.name;
    ASSERT_EQ(answers.size(), 1u) << bad.name;
    EXPECT_EQ(answers[0].status, bad.status) << bad.name;
    EXPECT_EQ(answers[0].header("content-type"), "application/problem+json") << bad.name;
    EXPECT_EQ(answers[0].header("connection"), "close") << bad.name;
    EXPECT_THAT(answers[0].body, ::testing::HasSubstr("\"status\":" + std::to_string(bad.status))) << bad.name;
  }
  EXPECT_EQ(wall.count(), 0u);
}

TEST(Wall, UnusualButValidHeadersReachTheHandler) {
  echo_wall wall;
  for (const auto* header :
       {"Content-Type: zz", "Accept: zz", "Cookie: ;;=", "Date: x", "Cache-Control: max-age=x", "Host2: a:b:c",
        "X: \xc3\xa4", "X:", "Content-Type: application/json; charset=\"a\\\"b\""}) {
    raw_client client(wall.port);
    client.send(std::string("POST /a HTTP/1.1\r\nHost: a\r\n") + header +
                "\r\nContent-Length: 36\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\nXGET /b HTTP/1.1\r\nHost: "
                "a\r\nConnection: close\r\n\r\n");
    const auto answers = client.read_answers();
    ASSERT_EQ(answers.size(), 2u) << header;
    EXPECT_EQ(answers[0].body, "POST /a 36");
    EXPECT_EQ(answers[1].body, "GET /b 0");
  }
  EXPECT_FALSE(wall.saw("/smuggled"));
}

TEST(Wall, ErrorAnswersComeFromTheHook) {
  server_options options;
  options.error_answer = [](int status, std::string_view detail, std::string_view request_id) {
    return response{.status = 0,
                    .content_type = "x/y",
                    .headers = {{"X-Request-Id", request_id.empty() ? "7" : std::string(request_id)}},
                    .body = std::to_string(status) + std::string(detail),
                    .shared_body = {}};
  };
  echo_wall wall(options);
  raw_client client(wall.port);
  client.send("GET // HTTP/1.1\r\nHost: a\r\n\r\n");
  const auto answer = client.read_answer();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 400);
  EXPECT_EQ(answer->header("x-request-id"), "7");
  EXPECT_EQ(answer->body, "400The path has an empty part, //: an id may be missing there.");
}

TEST(Wall, ItsRefusalsKnowTheRequestIdThatWasSent) {
  server_options options;
  options.max_body_bytes = 10;
  options.error_answer = [](int, std::string_view detail, std::string_view request_id) {
    return response{.status = 0,
                    .content_type = "x/y",
                    .headers = {},
                    .body = std::string(request_id) + ": " + std::string(detail),
                    .shared_body = {}};
  };
  server wall(options, [](request&&, std::shared_ptr<exchange>) {});  // never answers
  const auto port = wall.start();
  const auto said = [&](const std::string& rest) {
    raw_client client(port);
    client.send("POST /a HTTP/1.1\r\nHost: a\r\nX-Request-Id: abc\r\n" + rest);
    const auto answer = client.read_answer();
    return answer ? answer->body : "";
  };
  EXPECT_EQ(said("Content-Length: 11\r\n\r\n"), "abc: The body is larger than 10 bytes.");
  EXPECT_EQ(said("Transfer-Encoding: chunked\r\n\r\nb\r\n01234567890\r\n"), "abc: The body is larger than 10 bytes.");
  EXPECT_EQ(said("Content-Length: 0\r\n\r\n"), "abc: The request was not answered.");
}

TEST(Wall, PipelinedRequestsAreAnsweredInOrderThoughTheLaterIsReadyFirst) {
  std::mutex lock;
  std::vector<std::pair<std::string, std::shared_ptr<exchange>>> waiting;
  server wall({}, [&](request&& r, std::shared_ptr<exchange> e) {
    std::lock_guard guard(lock);
    waiting.emplace_back(r.path, std::move(e));
  });
  raw_client client(wall.start());
  std::string all;
  for (int i = 0; i < 100; ++i) all += "GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: a\r\n\r\n";
  client.send(all);
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(eventually([&] {
      std::lock_guard guard(lock);
      return !waiting.empty();
    }));
    std::lock_guard guard(lock);
    ASSERT_EQ(waiting.size(), 1u);  // the next is not looked at before this one is answered
    waiting[0].second->answer(
        {.status = 200, .content_type = {}, .headers = {}, .body = waiting[0].first, .shared_body = {}});
    waiting.clear();
  }
  for (int i = 0; i < 100; ++i) {
    const auto answer = client.read_answer();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->body, "/" + std::to_string(i));
  }
}

TEST(Wall, ManyPipelinedRequestsInOneBufferAreAllAnswered) {
  echo_wall wall;
  raw_client client(wall.port);
  std::string all;
  for (int i = 0; i < 20'000; ++i) all += "GET /a HTTP/1.1\r\nHost: a\r\n\r\n";
  std::thread sender([&] { client.send(all); });
  for (int i = 0; i < 20'000; ++i) ASSERT_TRUE(client.read_answer()) << i;
  sender.join();
}

TEST(Wall, HeadIsAnsweredWithoutABody) {
  echo_wall wall;
  raw_client client(wall.port);
  client.send("HEAD /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto head = client.read_answer(true);
  ASSERT_TRUE(head);
  EXPECT_EQ(head->header("content-length"), std::to_string(std::string("HEAD /a 0").size()));
  const auto get = client.read_answer();
  ASSERT_TRUE(get);
  EXPECT_EQ(get->body, "GET /b 0");
}

TEST(Wall, ContinueIsSentBeforeTheBodyIsReadAndNotWhereItIsRefused) {
  echo_wall wall;
  raw_client client(wall.port);
  client.send("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  const auto go_on = client.read_answer();
  ASSERT_TRUE(go_on);
  EXPECT_EQ(go_on->status, 100);
  client.send("abcde");
  const auto answer = client.read_answer();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, "POST /a 5");

  raw_client too_much(wall.port);
  too_much.send("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 50000000\r\nExpect: 100-continue\r\n\r\n");
  const auto refusal = too_much.read_answer();
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->status, 413);
}

TEST(Wall, Http10ClosesUnlessAskedToKeepAlive) {
  echo_wall wall;
  raw_client closing(wall.port);
  closing.send("GET /a HTTP/1.0\r\n\r\n");
  EXPECT_EQ(closing.read_answers().size(), 1u);
  EXPECT_TRUE(closing.closed());

  raw_client keeping(wall.port);
  for (int i = 0; i < 2; ++i) {
    keeping.send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    const auto answer = keeping.read_answer();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->header("connection"), "keep-alive");
  }
}

TEST(Wall, ConnectionCloseIsKept) {
  echo_wall wall;
  raw_client client(wall.port);
  client.send("GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(client.read_answers().size(), 1u);
  EXPECT_TRUE(client.closed());
  EXPECT_FALSE(wall.saw("/smuggled"));
  client.leave();
  EXPECT_TRUE(eventually([&] { return wall.server.connections() == 0; }));
}

TEST(Wall, ClientThatShutsItsSendingSideStillGetsItsAnswer) {
  std::shared_ptr<exchange> open;
  std::atomic<bool> here{false};
  server wall({}, [&](request&&, std::shared_ptr<exchange> e) {
    open = std::move(e);
    here = true;
  });
  raw_client client(wall.start());
  client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
  client.shut();
  ASSERT_TRUE(eventually([&] { return here.load(); }));
  EXPECT_FALSE(client.readable_within(50ms));
  open->answer({.status = 200, .content_type = {}, .headers = {}, .body = "late", .shared_body = {}});
  const auto answer = client.read_answer();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, "late");
  EXPECT_TRUE(eventually([&] { return wall.connections() == 0; }));
}

TEST(Wall, SlowClientsAreAnswered408AndIdleOnesClosed) {
  server_options options;
  options.header_timeout = 200ms;
  options.body_timeout = 300ms;
  options.idle_timeout = 250ms;
  echo_wall wall(options);
  const auto took = [](auto since) { return std::chrono::steady_clock::now() - since; };
  const auto begin = std::chrono::steady_clock::now();

  raw_client silent(wall.port);
  raw_client partial(wall.port);
  partial.send("GET /a HT");
  raw_client body(wall.port);
  body.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab");
  raw_client kept(wall.port);
  kept.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n");

  raw_client dripping(wall.port);  // each byte in time, the whole head not
  const std::string head = "GET /a HTTP/1.1\r\nHost: a\r\nX: " + std::string(200, 'a');
  for (std::size_t i = 0; i < head.size() && !dripping.readable_within(20ms); ++i)
    dripping.send(std::string_view(head).substr(i, 1));
  const auto dripped = dripping.read_answer();
  ASSERT_TRUE(dripped);
  EXPECT_EQ(dripped->status, 408);
  EXPECT_LT(took(begin), 1500ms);

  EXPECT_TRUE(silent.read_answers().empty());
  EXPECT_TRUE(silent.closed());
  ASSERT_EQ(partial.read_answers().at(0).status, 408);
  ASSERT_EQ(body.read_answers().at(0).status, 408);
  EXPECT_EQ(kept.read_answers().size(), 1u);
  EXPECT_TRUE(kept.closed());
  EXPECT_LT(took(begin), 3s);
  EXPECT_EQ(wall.count(), 1u);
}

TEST(Wall, OneConnectionTooManyIsAnswered503) {
  server_options options;
  options.max_connections = 2;
  echo_wall wall(options);
  raw_client one(wall.port);
  raw_client two(wall.port);
  ASSERT_TRUE(eventually([&] { return wall.server.connections() == 2; }));
  raw_client three(wall.port);
  const auto answers = three.read_answers();
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].status, 503);
  three.leave();
  one.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_TRUE(one.read_answer());
}

TEST(Wall, HandlerThatThrowsOrForgetsIsAnswered500WithoutItsText) {
  server wall({}, [](request&& r, std::shared_ptr<exchange>) {
    if (r.path == "/throw") throw std::runtime_error("secret");
  });
  const auto port = wall.start();
  for (const auto* path : {"/throw", "/forget"}) {
    raw_client client(port);
    client.send(std::string("GET ") + path +
                " HTTP/1.1\r\nHost: a\r\n\r\nGET /forget HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    const auto answers = client.read_answers();
    ASSERT_EQ(answers.size(), 2u);
    EXPECT_EQ(answers[0].status, 500);
    EXPECT_THAT(answers[0].body, ::testing::Not(::testing::HasSubstr("secret")));
  }
  EXPECT_TRUE(eventually([&] { return wall.in_flight() == 0; }));
}

TEST(Wall, HeaderThatWouldSplitTheAnswerIsNotSent) {
  server wall({}, [](request&&, std::shared_ptr<exchange> e) {
    e->answer(
        {.status = 200, .content_type = {}, .headers = {{"X", "a\r\nSet-Cookie: b"}}, .body = "c", .shared_body = {}});
  });
  raw_client client(wall.start());
  client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
  const auto answer = client.read_answer();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 500);
  EXPECT_EQ(answer->header("set-cookie"), "");
}

TEST(Wall, OnlyLoopbackIsBound) {
  for (const auto* address : {"0.0.0.0", "::", "192.0.2.1", "localhost", "", "127.0.0.1.evil"}) {
    server_options options;
    options.address = address;
    EXPECT_THROW(server(options, [](request&&, std::shared_ptr<exchange>) {}), std::invalid_argument) << address;
  }
  echo_wall taken;
  server_options same;
  same.port = taken.port;
  server second(same, [](request&&, std::shared_ptr<exchange>) {});
  EXPECT_THROW(second.start(), std::runtime_error);
}

}  // namespace
}  // namespace troupe::http
