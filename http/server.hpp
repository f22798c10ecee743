#pragma once
// The HTTP wall: a loopback listener that frames HTTP/1.1 and 1.0 strictly and hands whole requests to one handler.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "config/body_limit.hpp"
#include "http/exchange.hpp"
#include "http/message.hpp"

namespace troupe::http {

/// Called on a worker thread; must not block. A throw is logged and answered with 500.
using handler = std::function<void(request&&, std::shared_ptr<exchange>)>;

struct server_options {
  std::string address = "127.0.0.1";  ///< loopback only; anything else is refused
  std::uint16_t port = 0;             ///< 0: any free one
  int threads = 2;

  std::size_t max_target_bytes = 8 * 1024;              ///< 414 beyond
  std::size_t max_header_bytes = 32 * 1024;             ///< request line and headers; 431 beyond
  std::size_t max_headers = 100;                        ///< 431 beyond
  std::size_t max_body_bytes = config::max_body_bytes;  ///< 413 beyond
  std::size_t max_connections = 4096;                   ///< 503 and close beyond
  std::size_t max_queued_bytes = 1024 * 1024;           ///< a stream's unsent bytes; the client is cut beyond

  std::chrono::milliseconds header_timeout{10'000};  ///< first to last byte of a head
  std::chrono::milliseconds body_timeout{30'000};    ///< end of the head to end of the body
  std::chrono::milliseconds idle_timeout{
      75'000};  ///< between requests; must exceed the door's upstream keepalive_timeout
  std::chrono::milliseconds write_timeout{30'000};  ///< a client that takes no byte for so long is cut

  /// The body of what the wall itself answers (400, 408, 413, 414, 417, 431, 500, 501, 503, 505); the status stays as
  /// given. `request_id`: the X-Request-Id of the request, as sent, "" where there is none or it was not read that far.
  /// Any worker calls it. Without it: a bare problem+json.
  std::function<response(int status, std::string_view detail, std::string_view request_id)> error_answer;
};

class server {
public:
  /// Throws std::invalid_argument for an address that is not loopback.
  server(server_options options, handler handle);
  ~server();
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  /// Binds and serves; gives the port. Throws std::runtime_error where the address is taken. Once per object.
  std::uint16_t start();
  /// Refuses new connections, ends idle ones and open streams, and waits for requests in flight. True where all were
  /// answered.
  bool drain(std::chrono::milliseconds patience);
  /// Cuts what is left. Not from a worker thread. Exchanges may outlive it; their answers go nowhere.
  void stop();

  /// Requests handed to the handler whose answer has not left completely, streams included.
  std::size_t in_flight() const;
  std::size_t connections() const;

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace troupe::http
