#pragma once
// One worker of the wall: Pistache's reactor thread and accepted peers, our own reading, writing and timing.

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <pistache/tcp.h>
#include <pistache/transport.h>

#include "http/connection.hpp"
#include "http/wall.hpp"

namespace troupe::http {

class transport final : public Pistache::Tcp::Transport, public std::enable_shared_from_this<transport> {
public:
  transport(std::shared_ptr<wall> shared, std::shared_ptr<Pistache::Tcp::Handler> peers_handler);
  ~transport() override;

  // Pistache's side
  void registerPoller(Pistache::Polling::Epoll& poller) override;
  void onReady(const Pistache::Aio::FdSet& fds) override;
  std::shared_ptr<Pistache::Aio::Handler> clone() const override;
  void adopt(const std::shared_ptr<Pistache::Tcp::Peer>& peer);

  // Any thread
  struct delivery {  // for the exchange numbered `serial` of that connection, if it is still the one
    std::weak_ptr<connection> to;
    std::uint64_t serial;
    outgoing what;
  };
  using job = std::variant<delivery, std::function<void(transport&)>>;
  void post(job what);
  bool is_current() const;

  // The worker's thread only
  wall& shared() { return *wall_; }
  std::chrono::steady_clock::time_point now() const { return now_; }
  std::string_view date();
  std::string& scratch() { return scratch_; }
  std::array<char, 64 * 1024>& input() { return input_; }
  void watch_writable(int fd, bool wanted);
  void flush_later(std::shared_ptr<connection> c) { unflushed_.push_back(std::move(c)); }
  void remove(connection& c);
  void drain();
  void cut_all();

private:
  void run_jobs();
  void flush_all();
  void check_deadlines();
  void arm_timer(bool on);
  template <class Step>
  void guarded(connection& c, Step step);

  std::shared_ptr<wall> wall_;
  std::shared_ptr<Pistache::Tcp::Handler> handler_;

  int wake_fd_ = -1;
  int timer_fd_ = -1;
  bool timer_armed_ = false;
  std::chrono::milliseconds tick_;

  std::mutex jobs_lock_;
  std::vector<job> jobs_;

  std::vector<std::shared_ptr<connection>> by_fd_;
  std::size_t alive_ = 0;
  std::vector<std::shared_ptr<connection>> newcomers_;
  std::vector<std::shared_ptr<connection>> removed_;  // kept until the round is over
  std::vector<std::shared_ptr<connection>> unflushed_;

  std::chrono::steady_clock::time_point now_ = std::chrono::steady_clock::now();
  std::time_t date_second_ = 0;
  std::string date_;
  std::string scratch_;
  std::array<char, 64 * 1024> input_;
};

/// Hands Pistache's accepted peers to the transport. It never sees a byte: the transport reads its peers itself.
class peer_handler final : public Pistache::Tcp::Handler {
public:
  void onConnection(const std::shared_ptr<Pistache::Tcp::Peer>& peer) override;
  void onInput(const char*, std::size_t, const std::shared_ptr<Pistache::Tcp::Peer>&) override;
  std::shared_ptr<Pistache::Tcp::Handler> clone() const override;
};

}  // namespace troupe::http
