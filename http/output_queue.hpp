#pragma once
// What waits to be sent to one client.

#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <string_view>

namespace troupe::http {

class output_queue {
public:
  enum class result { sent_all, would_block, broken };

  void push(std::string text);
  void push(std::shared_ptr<const std::string> text);
  bool empty() const { return pieces_.empty(); }

  /// Sends what the socket takes now; `sent` grows by the number of bytes it took.
  result flush(int fd, std::size_t& sent);

  /// One send() past the queue, which must be empty; what the socket does not take is queued.
  result send_now(int fd, std::string_view text, std::size_t& sent);

private:
  struct piece {
    std::string own;
    std::shared_ptr<const std::string> shared;
    std::string_view text() const { return shared ? std::string_view(*shared) : std::string_view(own); }
  };
  std::deque<piece> pieces_;
  std::size_t offset_ = 0;  // into the first piece
};

}  // namespace troupe::http
