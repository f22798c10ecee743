// An API that answers from a table, one connection after the other, and keeps what was asked.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "tests/commands/silent_server.hpp"

namespace troupe::testing {

class fake_api {
public:
  // By "METHOD /path", with the query: status and body. What is not there is 404.
  using answers = std::map<std::string, std::pair<int, std::string>>;

  explicit fake_api(answers all) : all_(std::move(all)) {
    thread_ = std::jthread([this] {
      for (;;) {
        const int client = ::accept4(listens_.fd(), nullptr, nullptr, SOCK_CLOEXEC);
        if (client < 0) return;
        answer_one(client);
        ::close(client);
      }
    });
  }
  ~fake_api() {
    ::shutdown(listens_.fd(), SHUT_RDWR);
    thread_.join();
  }
  fake_api(const fake_api&) = delete;
  fake_api& operator=(const fake_api&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(listens_.port()); }
  // Each request whole, in their order.
  std::vector<std::string> asked() {
    const std::lock_guard lock(mutex_);
    return asked_;
  }

private:
  static std::size_t body_length(const std::string& head) {
    const auto at = head.find("Content-Length: ");
    return at == std::string::npos ? 0 : std::stoul(head.substr(at + 16));
  }

  void answer_one(int client) {
    std::string text;
    char block[4096];
    for (;;) {
      const auto head = text.find("\r\n\r\n");
      if (head != std::string::npos && text.size() >= head + 4 + body_length(text.substr(0, head))) break;
      const auto got = ::read(client, block, sizeof block);
      if (got <= 0) return;
      text.append(block, static_cast<std::size_t>(got));
    }
    const auto found = all_.find(text.substr(0, text.find(" HTTP/")));
    const auto [status, body] =
        found == all_.end() ? std::pair{404, std::string(R"({"detail":"There is no such thing."})")} : found->second;
    {
      const std::lock_guard lock(mutex_);
      asked_.push_back(text);
    }
    const auto out = "HTTP/1.1 " + std::to_string(status) +
                     " x\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    ::send(client, out.data(), out.size(), MSG_NOSIGNAL);
  }

  const silent_server listens_;
  const answers all_;
  std::mutex mutex_;
  std::vector<std::string> asked_;
  std::jthread thread_;
};

}  // namespace troupe::testing
