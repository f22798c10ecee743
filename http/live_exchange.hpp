#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>

#include "http/connection.hpp"
#include "http/exchange.hpp"

namespace troupe::http {

class transport;

/// Carries answers to the connection's thread. It holds neither the connection nor its transport alive.
class live_exchange final : public exchange, public std::enable_shared_from_this<live_exchange> {
public:
  live_exchange(std::weak_ptr<transport> carrier, std::weak_ptr<connection> to, std::uint64_t serial,
                std::size_t max_queued, std::string request_id);
  ~live_exchange() override;

  void answer(response what) override;
  void open_stream(int status, header_list headers) override;
  bool write(std::string chunk) override;
  void close() override;
  void on_gone(std::function<void()> callback) override;

  // The connection's side
  void sent(std::size_t bytes) { queued_ -= bytes; }
  void finished();
  void client_gone();

private:
  enum class phase { open, streaming, ended };

  void send(outgoing what);
  void post(outgoing what);

  const std::weak_ptr<transport> carrier_;
  const std::weak_ptr<connection> to_;
  const std::uint64_t serial_;
  const std::size_t max_queued_;
  const std::string request_id_;  // as sent
  std::atomic<phase> phase_{phase::open};
  std::atomic<std::size_t> queued_{0};

  std::mutex lock_;
  bool gone_ = false;
  bool finished_ = false;
  std::function<void()> on_gone_;
};

}  // namespace troupe::http
