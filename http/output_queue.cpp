#include "http/output_queue.hpp"

#include <array>
#include <cerrno>
#include <sys/socket.h>
#include <sys/uio.h>
#include <utility>

namespace troupe::http {
namespace {

constexpr std::size_t max_pieces_at_once = 16;

}  // namespace

void output_queue::push(std::string text) {
  if (!text.empty()) pieces_.push_back({std::move(text), nullptr});
}

void output_queue::push(std::shared_ptr<const std::string> text) {
  if (!text->empty()) pieces_.push_back({{}, std::move(text)});
}

output_queue::result output_queue::flush(int fd, std::size_t& sent) {
  while (!pieces_.empty()) {
    std::array<iovec, max_pieces_at_once> parts;
    std::size_t count = 0;
    std::size_t skip = offset_;
    for (auto p = pieces_.begin(); p != pieces_.end() && count < parts.size(); ++p, skip = 0) {
      const auto text = p->text().substr(skip);
      parts[count++] = {const_cast<char*>(text.data()), text.size()};
    }
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = count;
    const auto n = ::sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0) {
      if (errno == EINTR) continue;
      return errno == EAGAIN || errno == EWOULDBLOCK ? result::would_block : result::broken;
    }
    sent += static_cast<std::size_t>(n);
    for (offset_ += static_cast<std::size_t>(n); !pieces_.empty() && offset_ >= pieces_.front().text().size();) {
      offset_ -= pieces_.front().text().size();
      pieces_.pop_front();
    }
  }
  return result::sent_all;
}

output_queue::result output_queue::send_now(int fd, std::string_view text, std::size_t& sent) {
  ssize_t n = 0;
  do {
    n = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  } while (n < 0 && errno == EINTR);
  if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK) return result::broken;
  const auto taken = n < 0 ? 0 : static_cast<std::size_t>(n);
  sent += taken;
  if (taken == text.size()) return result::sent_all;
  push(std::string(text.substr(taken)));
  return result::would_block;
}

}  // namespace troupe::http
