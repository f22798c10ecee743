#pragma once
// Bytes in, one whole request or a rejection out. Knows no socket.

#include <cstddef>
#include <memory>
#include <string_view>

#include "http/message.hpp"

namespace troupe::http {

struct reading_limits {
  std::size_t max_target_bytes;
  std::size_t max_header_bytes;
  std::size_t max_headers;
  std::size_t max_body_bytes;
};

enum class reading { more, continue_wanted, complete, rejected };

/// Reads one request after another (take() starts the next). After a rejection nothing more may be fed: where a request
/// ends is then unknown.
class request_reader {
public:
  explicit request_reader(const reading_limits& limits);
  ~request_reader();

  struct step {
    std::size_t consumed;
    reading outcome;
  };
  /// `bytes`: all that is not yet consumed. What is left over with `more` must come again, with at least a byte behind
  /// it. `continue_wanted`: the client waits for a 100 before it sends the body; feed on.
  step feed(std::string_view bytes);

  request take();
  const request& so_far() const;  ///< what was read of the request that is not yet taken

  bool in_body() const;     ///< the head is read, the body is not
  bool is_head() const;     ///< of the last request, complete or not: its method is HEAD
  bool http_1_1() const;    ///< of the last complete head
  bool keep_alive() const;  ///< of the last complete head

  int status() const;               ///< of the rejection
  std::string_view detail() const;  ///< of the rejection, as long as this lives; fit for the client

private:
  class parser;
  std::unique_ptr<parser> parser_;
};

}  // namespace troupe::http
