#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/http_wall/echo_wall.hpp"
#include "tests/http_wall/eventually.hpp"
#include "tests/http_wall/leaving_clients.hpp"
#include "tests/http_wall/raw_client.hpp"

namespace troupe::http {
namespace {

using namespace std::chrono_literals;
using testing::eventually;
using testing::raw_client;

const std::string get_a = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n";

// Pistache never closes a listener's eventfd nor two of each worker.
constexpr std::size_t lost_per_server = 1 + 2 * 2;

std::size_t open_descriptors() {
  std::size_t n = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) ++n;
  return n;
}

// Keeps every exchange for the test to use.
struct holding_wall {
  std::mutex lock;
  std::vector<std::shared_ptr<exchange>> held;
  server wall;
  std::uint16_t port;

  explicit holding_wall(server_options options = {})
      : wall(std::move(options),
             [this](request&&, std::shared_ptr<exchange> e) {
               std::lock_guard guard(lock);
               held.push_back(std::move(e));
             }),
        port(wall.start()) {}
  bool holds(std::size_t n) {
    return eventually([&] {
      std::lock_guard guard(lock);
      return held.size() == n;
    });
  }
};

TEST(Delivery, AnswersReachTheClientThatAskedWhileOthersLeave) {
  const auto before = open_descriptors();
  {
    testing::nonce_wall wall;
    const auto seen = testing::run_leaving_clients(wall.port, testing::leaving_requests());
    EXPECT_EQ(seen.wrong, 0u);
    EXPECT_EQ(seen.broken, 0u);
    EXPECT_GT(seen.right, seen.asked / 10);
    EXPECT_GT(seen.left, seen.asked / 10);
    RecordProperty("right", static_cast<int>(seen.right));
    RecordProperty("left", static_cast<int>(seen.left));
    EXPECT_TRUE(eventually([&] { return wall.wall.connections() == 0 && wall.wall.in_flight() == 0; }));
  }
  EXPECT_LE(open_descriptors(), before + lost_per_server);
}

TEST(Delivery, ClientThatDoesNotReadDisturbsNobodyAndIsCut) {
  const auto big = std::make_shared<const std::string>(20 * 1024 * 1024, 'x');
  server_options options;
  options.threads = 1;  // all on the very worker that the slow reader is on
  options.write_timeout = 500ms;
  server wall(options, [&](request&& r, std::shared_ptr<exchange> e) {
    response out;
    if (r.path == "/big")
      out.shared_body = big;
    else
      out.body = "small";
    e->answer(std::move(out));
  });
  const auto port = wall.start();
  raw_client stuck(port);
  stuck.send("GET /big HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_TRUE(stuck.readable_within(5s));
  raw_client other(port);
  auto slowest = 0us;
  for (int i = 0; i < 500; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    other.send(get_a);
    ASSERT_TRUE(other.read_answer());
    slowest = std::max(slowest,
                       std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begin));
  }
  RecordProperty("slowest_us", static_cast<int>(slowest.count()));
  EXPECT_LT(slowest, 1s);
  EXPECT_TRUE(eventually([&] { return wall.connections() == 1; }));
  EXPECT_TRUE(eventually([&] { return wall.in_flight() == 0; }));
  EXPECT_FALSE(stuck.read_answer());
  EXPECT_TRUE(stuck.closed());
}

TEST(Delivery, BigAnswerReachesAClientThatReads) {
  const auto big = std::make_shared<const std::string>(20 * 1024 * 1024, 'x');
  server wall({}, [&](request&& r, std::shared_ptr<exchange> e) {
    response out;
    if (r.path == "/copy")
      out.body = *big;
    else
      out.shared_body = big;
    e->answer(std::move(out));
  });
  raw_client client(wall.start());
  client.send("GET /shared HTTP/1.1\r\nHost: a\r\n\r\nGET /copy HTTP/1.1\r\nHost: a\r\n\r\n");
  for (int i = 0; i < 2; ++i) {
    const auto answer = client.read_answer();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->body, *big);
  }
}

TEST(Delivery, SecondAnswerDoesNothing) {
  holding_wall w;
  raw_client client(w.port);
  for (const auto* text : {"one", "two"}) {
    client.send(get_a);
    ASSERT_TRUE(w.holds(1));
    const auto e = w.held[0];
    w.held.clear();
    e->answer({.status = 200, .content_type = {}, .headers = {}, .body = text, .shared_body = {}});
    e->answer({.status = 500, .content_type = {}, .headers = {}, .body = "never", .shared_body = {}});
    e->open_stream(200, {});
    EXPECT_FALSE(e->write("never"));
    e->close();
    const auto answer = client.read_answer();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->body, text);
  }
  EXPECT_FALSE(client.readable_within(50ms));
}

TEST(Stream, FiftyStreamsAreFedAndEachDepartureIsNoticed) {
  holding_wall w;
  std::vector<std::unique_ptr<raw_client>> clients;
  for (int i = 0; i < 50; ++i) {
    clients.push_back(std::make_unique<raw_client>(w.port));
    clients.back()->send(get_a);
  }
  ASSERT_TRUE(w.holds(50));
  std::atomic<int> gone{0};
  for (auto& e : w.held) {
    e->on_gone([&gone, e] { ++gone; });  // the captured exchange must not leak either
    e->open_stream(200, {{"Content-Type", "text/event-stream"}});
  }
  for (int round = 0; round < 3; ++round) {
    for (auto& e : w.held) ASSERT_TRUE(e->write("data: " + std::to_string(round) + "\n\n"));
    for (auto& c : clients)
      ASSERT_TRUE(eventually([&] {
        c->read_some(1ms);
        return c->pending().find("data: " + std::to_string(round) + "\n\n") != std::string::npos;
      }));
  }
  EXPECT_EQ(w.wall.in_flight(), 50u);
  for (std::size_t i = 0; i < 40; ++i) i % 2 ? clients[i]->leave() : clients[i]->reset();
  EXPECT_TRUE(eventually([&] { return gone == 40; }));
  EXPECT_FALSE(w.held[0]->write("late"));
  EXPECT_TRUE(w.held[49]->write("still here"));
  for (auto& e : w.held) e->close();
  for (std::size_t i = 40; i < 50; ++i) {
    const auto answer = clients[i]->read_answer();
    ASSERT_TRUE(answer);
    EXPECT_THAT(answer->body, ::testing::StartsWith("data: 0\n\ndata: 1\n\ndata: 2\n\n"));
    clients[i]->send(get_a);  // the connection lives on
  }
  EXPECT_TRUE(w.holds(60));
  EXPECT_EQ(gone, 40);
  std::vector<std::weak_ptr<exchange>> watched(w.held.begin(), w.held.begin() + 50);
  w.held.erase(w.held.begin(), w.held.begin() + 50);
  for (const auto& e : watched) EXPECT_TRUE(e.expired());
}

TEST(Stream, ClientThatDoesNotReadIsCutAtTheBound) {
  server_options options;
  options.max_queued_bytes = 256 * 1024;
  holding_wall w(options);
  raw_client client(w.port);
  client.send(get_a);
  ASSERT_TRUE(w.holds(1));
  std::atomic<bool> gone{false};
  w.held[0]->on_gone([&] { gone = true; });
  w.held[0]->open_stream(200, {});
  const std::string chunk(16 * 1024, 'x');
  std::size_t written = 0;
  while (w.held[0]->write(chunk)) {
    written += chunk.size();
    ASSERT_LT(written, 64u * 1024 * 1024);
    std::this_thread::yield();
  }
  EXPECT_TRUE(eventually([&] { return gone && w.wall.connections() == 0; }));
}

TEST(Stream, Http10EndsWithTheConnectionAndHeadHasNoBody) {
  holding_wall w;
  raw_client old(w.port);
  old.send("GET /a HTTP/1.0\r\n\r\n");
  ASSERT_TRUE(w.holds(1));
  w.held[0]->open_stream(200, {});
  EXPECT_TRUE(w.held[0]->write("text"));
  w.held[0]->close();
  while (old.read_some()) {
  }
  EXPECT_TRUE(old.closed());
  EXPECT_THAT(old.pending(), ::testing::EndsWith("\r\n\r\ntext"));

  raw_client head(w.port);
  head.send("HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_TRUE(w.holds(2));
  std::atomic<bool> gone{false};
  w.held[1]->on_gone([&] { gone = true; });
  w.held[1]->open_stream(200, {});
  EXPECT_TRUE(eventually([&] { return gone.load(); }));
  EXPECT_FALSE(w.held[1]->write("text"));
  ASSERT_TRUE(head.read_answer(true));
  EXPECT_FALSE(head.readable_within(50ms));
}

TEST(Stream, DroppedStreamIsCutWithoutItsFinalChunk) {
  holding_wall w;
  raw_client client(w.port);
  client.send(get_a);
  ASSERT_TRUE(w.holds(1));
  w.held[0]->open_stream(200, {});
  w.held[0]->write("half");
  ASSERT_TRUE(eventually([&] {
    client.read_some(1ms);
    return client.pending().find("half") != std::string::npos;
  }));
  w.held.clear();
  EXPECT_FALSE(client.read_answer());
  EXPECT_TRUE(client.closed());
}

TEST(Drain, AnswersWhatIsInFlightAndRefusesTheRest) {
  holding_wall w;
  std::vector<std::unique_ptr<raw_client>> asking;
  for (int i = 0; i < 20; ++i) {
    asking.push_back(std::make_unique<raw_client>(w.port));
    asking.back()->send(get_a);
  }
  raw_client idle(w.port);
  raw_client stream(w.port);
  ASSERT_TRUE(w.holds(20));
  stream.send(get_a);
  ASSERT_TRUE(w.holds(21));
  w.held[20]->open_stream(200, {});
  ASSERT_TRUE(stream.readable_within(5s));

  std::atomic<bool> drained{false};
  std::thread drainer([&] { drained = w.wall.drain(10s); });
  EXPECT_TRUE(idle.read_answers().empty());
  EXPECT_TRUE(idle.closed());
  EXPECT_TRUE(stream.read_answer());  // whole: it has its final chunk
  EXPECT_THROW(raw_client late(w.port), std::system_error);
  EXPECT_FALSE(drained);
  for (std::size_t i = 0; i < 20; ++i)
    w.held[i]->answer({.status = 200, .content_type = {}, .headers = {}, .body = "done", .shared_body = {}});
  drainer.join();
  EXPECT_TRUE(drained);
  for (auto& c : asking) {
    const auto answers = c->read_answers();
    ASSERT_EQ(answers.size(), 1u);
    EXPECT_EQ(answers[0].body, "done");
    EXPECT_EQ(answers[0].header("connection"), "close");
    EXPECT_TRUE(c->closed());
  }
}

TEST(Drain, GivesUpAfterItsPatienceAndStopCutsTheRest) {
  holding_wall w;
  raw_client client(w.port);
  client.send(get_a);
  ASSERT_TRUE(w.holds(1));
  std::atomic<bool> gone{false};
  w.held[0]->on_gone([&] { gone = true; });
  EXPECT_FALSE(w.wall.drain(50ms));
  w.wall.stop();
  EXPECT_TRUE(gone);
  EXPECT_EQ(w.wall.in_flight(), 0u);
  w.held[0]->answer({});  // goes nowhere
  EXPECT_FALSE(client.read_answer());
}

TEST(Drain, ServersComeAndGoWithoutLeavingConnections) {
  const auto before = open_descriptors();
  for (int i = 0; i < 20; ++i) {
    testing::echo_wall wall;
    raw_client client(wall.port);
    client.send(get_a);
    ASSERT_TRUE(client.read_answer());
  }
  EXPECT_LE(open_descriptors(), before + 20 * lost_per_server);
}

}  // namespace
}  // namespace troupe::http
