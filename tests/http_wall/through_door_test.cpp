#include <atomic>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nginx/door.hpp"
#include "tests/http_wall/echo_wall.hpp"
#include "tests/http_wall/eventually.hpp"
#include "tests/http_wall/leaving_clients.hpp"
#include "tests/http_wall/raw_client.hpp"
#include "tests/http_wall/raw_requests.hpp"
#include "tests/nginx/free_port.hpp"
#include "tests/nginx/state_directory.hpp"

namespace troupe::http {
namespace {

using namespace std::chrono_literals;
using testing::echo_wall;
using testing::eventually;
using testing::raw_client;

class open_door {
public:
  explicit open_door(std::uint16_t upstream) : port(testing::free_port()), door_(options(upstream)) { door_.start(); }
  const std::uint16_t port;

private:
  nginx::door_options options(std::uint16_t upstream) const {
    nginx::door_options o;
    o.state_dir = state_.path();
    o.port = port;
    o.upstream_port = upstream;
    o.requests_per_second = 1'000'000;
    o.request_burst = 100'000;
    o.connections_per_address = 10'000;
    o.client_header_timeout = 2s;
    o.client_body_timeout = 2s;
    o.keepalive_timeout = 1s;
    o.shutdown_grace = 2s;
    return o;
  }
  testing::state_directory state_;
  nginx::door door_;
};

TEST(ThroughDoor, ChunkedRequestIsAnsweredWhereverItsSegmentsEnd) {
  echo_wall wall;
  open_door door(wall.port);
  const std::string bytes = "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n";
  for (std::size_t i = 1; i < bytes.size(); ++i) {
    raw_client client(door.port);
    client.send(std::string_view(bytes).substr(0, i));
    EXPECT_FALSE(client.readable_within(2ms)) << i;
    client.send(std::string_view(bytes).substr(i));
    const auto answer = client.read_answer(false, 2s);
    ASSERT_TRUE(answer) << "cut at " << i;
    EXPECT_EQ(answer->body, "POST /a 5");
  }
}

// nginx is more lenient than the wall in harmless points (a bare LF, an absolute-form target); it must never make two
// requests of one, and what it passes on the wall judges again.
TEST(ThroughDoor, NoMalformedRequestSmugglesAnother) {
  echo_wall wall;
  open_door door(wall.port);
  const auto requests = testing::malformed_requests();
  std::vector<std::unique_ptr<raw_client>> clients;  // side by side: nginx waits seconds for what some never send
  for (const auto& bad : requests) {
    clients.push_back(std::make_unique<raw_client>(door.port));
    clients.back()->send(bad.bytes);
  }
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const auto answers = clients[i]->read_answers();
    EXPECT_TRUE(clients[i]->closed()) << requests[i].name;
    EXPECT_LE(answers.size(), 1u) << requests[i].name;
    for (const auto& a : answers) {
      EXPECT_EQ(a.header("content-type"), a.status < 400 ? "text/plain" : "application/problem+json")
          << requests[i].name;
      EXPECT_NE(a.status, 500) << requests[i].name;
      EXPECT_NE(a.status, 502) << requests[i].name;
    }
  }
  EXPECT_FALSE(wall.saw("/smuggled"));
  raw_client after(door.port);
  after.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_TRUE(after.read_answer());
}

TEST(ThroughDoor, PathIsPassedAsSentAndJudgedByTheWall) {
  echo_wall wall;
  open_door door(wall.port);
  for (const auto* path : {"/a/../b", "//a", "/a%2Fb", "/a/%2e%2e/b", "/a//b"}) {
    raw_client client(door.port);
    client.send(std::string("GET ") + path + " HTTP/1.1\r\nHost: a\r\n\r\n");
    const auto answer = client.read_answer();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 400) << path;
  }
  raw_client client(door.port);
  client.send("GET /a%20b?c=%2F HTTP/1.1\r\nHost: a\r\n\r\n");
  const auto answer = client.read_answer();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, "GET /a%20b?c=%2F 0");
  EXPECT_EQ(wall.count(), 1u);
}

TEST(ThroughDoor, AnswersReachTheClientThatAskedWhileOthersLeave) {
  testing::nonce_wall wall;
  open_door door(wall.port);
  const auto seen = testing::run_leaving_clients(door.port, testing::leaving_requests());
  EXPECT_EQ(seen.wrong, 0u);
  EXPECT_EQ(seen.broken, 0u);
  EXPECT_GT(seen.right, seen.asked / 10);
  EXPECT_GT(seen.left, seen.asked / 10);
  EXPECT_TRUE(eventually([&] { return wall.wall.in_flight() == 0; }));
}

// On a stream's path nginx passes a client's departure on, so that connections to the engine end in mid-answer.
TEST(ThroughDoor, AnswersOnStreamPathsReachTheClientThatAsked) {
  testing::nonce_wall wall;
  open_door door(wall.port);
  const auto seen = testing::run_leaving_clients(door.port, testing::leaving_requests() / 3, "/mcp/tools/");
  EXPECT_EQ(seen.wrong, 0u);
  EXPECT_EQ(seen.broken, 0u);
  EXPECT_TRUE(eventually([&] { return wall.wall.in_flight() == 0; }));
}

TEST(ThroughDoor, StreamsFlowAtOnceAndDeparturesAreNoticed) {
  std::mutex lock;
  std::vector<std::shared_ptr<exchange>> held;
  server wall({}, [&](request&&, std::shared_ptr<exchange> e) {
    std::lock_guard guard(lock);
    held.push_back(std::move(e));
  });
  open_door door(wall.start());
  std::vector<std::unique_ptr<raw_client>> clients;
  for (int i = 0; i < 50; ++i) {
    clients.push_back(std::make_unique<raw_client>(door.port));
    clients.back()->send(i % 2 ? "GET /deployments/1/logs?follow=true HTTP/1.1\r\nHost: a\r\n\r\n"
                               : "GET /deployments/1/events HTTP/1.1\r\nHost: a\r\n\r\n");
  }
  ASSERT_TRUE(eventually([&] {
    std::lock_guard guard(lock);
    return held.size() == 50;
  }));
  std::atomic<int> gone{0};
  for (auto& e : held) {
    e->on_gone([&] { ++gone; });
    e->open_stream(200, {{"Content-Type", "text/event-stream"}});
    EXPECT_TRUE(e->write("data: 1\n\n"));
  }
  for (auto& c : clients)
    EXPECT_TRUE(eventually([&] {
      c->read_some(1ms);
      return c->pending().find("data: 1\n\n") != std::string::npos;
    }));
  for (std::size_t i = 0; i < 50; ++i) i % 3 ? clients[i]->leave() : clients[i]->reset();
  EXPECT_TRUE(eventually([&] { return gone == 50; }));
}

TEST(ThroughDoor, ClientThatDoesNotReadDisturbsNobody) {
  const auto big = std::make_shared<const std::string>(20 * 1024 * 1024, 'x');
  server_options options;
  options.threads = 1;
  server wall(options, [&](request&& r, std::shared_ptr<exchange> e) {
    response out;
    if (r.path == "/big")
      out.shared_body = big;
    else
      out.body = "small";
    e->answer(std::move(out));
  });
  open_door door(wall.start());
  raw_client stuck(door.port);
  stuck.send("GET /big HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_TRUE(stuck.readable_within(5s));
  raw_client other(door.port);
  for (int i = 0; i < 500; ++i) {
    other.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
    ASSERT_TRUE(other.read_answer(false, 1s));
  }
  const auto answer = stuck.read_answer();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body.size(), big->size());
}

}  // namespace
}  // namespace troupe::http
