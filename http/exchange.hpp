#pragma once
// One request's way back to its client.

#include <functional>
#include <memory>
#include <string>

#include "http/message.hpp"

namespace troupe::http {

/// Callable from any thread. The first of answer() and open_stream() wins, later ones do nothing. Destroyed without
/// either, the client gets a 500; destroyed with an open stream, the connection is cut without the final chunk. What is
/// sent reaches the very client that asked or nobody.
class exchange {
public:
  exchange() = default;
  exchange(const exchange&) = delete;
  exchange& operator=(const exchange&) = delete;
  virtual ~exchange() = default;

  virtual void answer(response what) = 0;

  /// Sends the head; the body follows in write()s, chunked (HTTP/1.0: until the connection ends).
  virtual void open_stream(int status, header_list headers) = 0;
  /// False once the client has left, asked with HEAD, or lags by more than server_options::max_queued_bytes (it is then
  /// cut).
  virtual bool write(std::string chunk) = 0;
  /// Ends the stream in order.
  virtual void close() = 0;

  /// Called at most once, on the wall's thread, where the client leaves before the answer's end. A client that only
  /// shut its sending side counts as gone in a stream, not before an answer. Dropped, with all it captured, when the
  /// answer has ended.
  virtual void on_gone(std::function<void()> callback) = 0;
};

}  // namespace troupe::http
