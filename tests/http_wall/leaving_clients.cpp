#include "tests/http_wall/leaving_clients.hpp"

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <random>

#include "tests/http_wall/raw_client.hpp"

namespace troupe::testing {

using namespace std::chrono_literals;

static void spin(std::chrono::nanoseconds time) {
  const auto until = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < until) std::this_thread::yield();
}

nonce_wall::nonce_wall(http::server_options options)
    : wall(std::move(options),
           [this](http::request&& r, std::shared_ptr<http::exchange> e) {
             std::lock_guard guard(lock_);
             waiting_.push_back({r.path.substr(r.path.rfind('/') + 1), std::move(e)});
             more_.notify_one();
           }),
      port(wall.start()),
      answering_([this] { answer_all(); }) {}

nonce_wall::~nonce_wall() {
  wall.stop();
  {
    std::lock_guard guard(lock_);
    ended_ = true;
    more_.notify_one();
  }
  answering_.join();
}

void nonce_wall::answer_all() {
  std::mt19937 dice(1);
  while (true) {
    std::vector<asked> now;
    {
      std::unique_lock guard(lock_);
      more_.wait(guard, [&] { return ended_ || !waiting_.empty(); });
      if (ended_) return;
      now.swap(waiting_);
    }
    spin(std::chrono::microseconds(dice() % 500));
    for (auto& a : now)
      a.to->answer({.status = 200, .content_type = "text/plain", .headers = {}, .body = a.nonce, .shared_body = {}});
  }
}

leaving_outcome run_leaving_clients(std::uint16_t port, std::size_t requests, const std::string& below) {
  constexpr unsigned clients = 8;
  std::atomic<std::size_t> next{0}, right{0}, left{0}, wrong{0}, broken{0};
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < clients; ++t)
    threads.emplace_back([&, t] {
      std::mt19937 dice(t);
      std::unique_ptr<raw_client> client;
      for (std::size_t n = next++; n < requests; n = next++) {
        if (!client) client = std::make_unique<raw_client>(port);
        const auto nonce = std::to_string(n) + "-" + std::to_string(dice());
        client->send("GET " + below + nonce + " HTTP/1.1\r\nHost: a\r\n\r\n");
        if (dice() % 2) {
          spin(std::chrono::microseconds(dice() % 800));
          dice() % 2 ? client->reset() : client->leave();
          client.reset();
          ++left;
          continue;
        }
        const auto answer = client->read_answer();
        if (answer && answer->body == nonce) {
          ++right;
          continue;
        }
        ++(answer ? wrong : broken);
        client.reset();
      }
    });
  for (auto& t : threads) t.join();
  return {requests, right, left, wrong, broken};
}

std::size_t leaving_requests() {
  const char* text = std::getenv("TROUPE_LEAVING_REQUESTS");
  return text ? std::strtoul(text, nullptr, 10) : 30'000;
}

}  // namespace troupe::testing
