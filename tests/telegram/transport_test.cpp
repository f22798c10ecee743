#include "telegram/transport.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

#include <gtest/gtest.h>

using namespace troupe;
using namespace troupe::telegram;
using namespace std::chrono_literals;

namespace {

const config::secret token{"123456:canary"};

// Listens and never answers.
struct silent_server {
  silent_server() : fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof name;
    EXPECT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&name), size), 0);
    EXPECT_EQ(::listen(fd, 8), 0);
    ::getsockname(fd, reinterpret_cast<sockaddr*>(&name), &size);
    url = "http://127.0.0.1:" + std::to_string(ntohs(name.sin_port));
  }
  ~silent_server() { ::close(fd); }
  int fd;
  std::string url;
};

}  // namespace

TEST(Transport, NobodyThereIsToldWithoutTheToken) {
  transport way("http://127.0.0.1:1", token);
  const auto got = way.send({"getMe", "{}"}, 2s);
  EXPECT_EQ(got.fault, transport_fault::unreachable);
  for (int fault = 0; fault <= static_cast<int>(transport_fault::stopped); ++fault)
    EXPECT_EQ(words_for(static_cast<transport_fault>(fault)).find("canary"), std::string_view::npos);
}

TEST(Transport, OtherProtocolsAreNotSpoken) {
  transport way("file:///etc", token);
  EXPECT_NE(way.send({"passwd", "{}"}, 2s).fault, transport_fault::none);
}

TEST(Transport, ADeadlineHoldsAgainstSilence) {
  const silent_server server;
  transport way(server.url, token);
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(way.send({"getMe", "{}"}, 300ms).fault, transport_fault::timed_out);
  EXPECT_LT(std::chrono::steady_clock::now() - began, 3s);
}

TEST(Transport, StopEndsWhatIsUnderWay) {
  const silent_server server;
  transport way(server.url, token);
  const auto began = std::chrono::steady_clock::now();
  transport_answer got;
  std::thread caller([&] { got = way.send({"getUpdates", "{}"}, 30s); });
  way.stop();
  caller.join();
  EXPECT_EQ(got.fault, transport_fault::stopped);
  EXPECT_LT(std::chrono::steady_clock::now() - began, 5s);
  EXPECT_EQ(way.send({"getMe", "{}"}, 1s).fault, transport_fault::stopped);
}
