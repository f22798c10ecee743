// An Engine that answers what a test says, on a unix socket of its own: one request a connection.
#pragma once

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace troupe::docker::tests {

class scripted_engine {
public:
  // What is sent after the head of a 200, bit by bit: each call gives the next bit, "" ends the answer. It may block,
  // but must return once the engine is closing.
  using body = std::function<std::string()>;
  using script = std::function<body(const std::string& path)>;

  explicit scripted_engine(script answers)
      : answers_(std::move(answers)),
        path_("/tmp/troupe-scripted-" + std::to_string(getpid()) + '-' + std::to_string(++count())) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path_.copy(address.sun_path, sizeof address.sun_path - 1);
    std::filesystem::remove(path_);
    listener_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 || listen(listener_, 64) != 0)
      throw std::runtime_error("no socket");
    accepting_ = std::thread([this] { accept_all(); });
  }
  ~scripted_engine() {
    close();
    for (auto& one : serving_) one.join();
    ::close(listener_);
    std::filesystem::remove(path_);
  }
  scripted_engine(const scripted_engine&) = delete;
  scripted_engine& operator=(const scripted_engine&) = delete;

  std::string host() const { return "unix://" + path_; }
  // Answers that hold their connection open wait here; false once the engine is closing.
  void hold() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return closing_; });
  }
  void close() {
    {
      const std::lock_guard lock(mutex_);
      if (std::exchange(closing_, true)) return;
    }
    changed_.notify_all();
    shutdown(listener_, SHUT_RDWR);
    accepting_.join();
  }

  static body once(std::string text) {
    return
        [text = std::move(text), told = false]() mutable { return std::exchange(told, true) ? std::string() : text; };
  }

private:
  static std::atomic<int>& count() {
    static std::atomic<int> all{0};
    return all;
  }

  void accept_all() {
    while (true) {
      const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) return;
      serving_.emplace_back([this, fd] {
        serve(fd);
        ::close(fd);
      });
    }
  }

  void serve(int fd) const {
    std::string head;
    char buffer[4096];
    while (head.find("\r\n\r\n") == std::string::npos) {
      const auto n = read(fd, buffer, sizeof buffer);
      if (n <= 0) return;
      head.append(buffer, static_cast<std::size_t>(n));
    }
    const auto from = head.find(' ') + 1;
    const auto next = answers_(head.substr(from, head.find(' ', from) - from));
    if (!put(fd, "HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nConnection: close\r\n\r\n")) return;
    for (auto bit = next(); !bit.empty(); bit = next())
      if (!put(fd, bit)) return;
  }

  static bool put(int fd, std::string_view text) {
    while (!text.empty()) {
      const auto n = send(fd, text.data(), text.size(), MSG_NOSIGNAL);
      if (n <= 0) return false;
      text.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }

  script answers_;
  std::string path_;
  int listener_ = -1;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool closing_ = false;
  std::thread accepting_;
  std::vector<std::thread> serving_;  // touched by accepting_ alone until it has ended
};

}  // namespace troupe::docker::tests
