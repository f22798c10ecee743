#include "tests/http_wall/raw_client.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <charconv>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace troupe::testing {

using clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

std::string raw_answer::header(std::string_view name) const {
  for (std::size_t at = head.find("\r\n"); at != head.npos && at + 2 < head.size();) {
    const auto end = head.find("\r\n", at + 2);
    const auto line = std::string_view(head).substr(at + 2, end - at - 2);
    const auto colon = line.find(':');
    if (colon == name.size() &&
        std::equal(name.begin(), name.end(), line.begin(), [](char a, char b) { return a == std::tolower(b); })) {
      auto value = line.substr(colon + 1);
      value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
      return std::string(value);
    }
    at = end;
  }
  return {};
}

raw_client::raw_client(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int one = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) {
    const int why = errno;
    ::close(fd_);
    throw std::system_error(why, std::generic_category(), "connect");
  }
}

raw_client::~raw_client() {
  leave();
}

bool raw_client::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

bool raw_client::readable_within(milliseconds patience) const {
  pollfd one{fd_, POLLIN, 0};
  return ::poll(&one, 1, static_cast<int>(std::max(milliseconds(0), patience).count())) > 0;
}

bool raw_client::read_some(milliseconds patience) {
  if (closed_ || !readable_within(patience)) return false;
  char buffer[64 * 1024];
  const auto n = ::recv(fd_, buffer, sizeof buffer, 0);
  if (n <= 0) {
    closed_ = true;
    return false;
  }
  pending_.append(buffer, static_cast<std::size_t>(n));
  return true;
}

// The length of the first answer in `text`, 0 while it is not whole; fills `out`.
static std::size_t parse(std::string_view text, bool to_head, raw_answer& out) {
  const auto end = text.find("\r\n\r\n");
  if (end == text.npos) return 0;
  out.head = text.substr(0, end + 2);
  if (out.head.size() > 12) std::from_chars(out.head.data() + 9, out.head.data() + 12, out.status);
  const auto body = end + 4;
  if (to_head || out.status < 200 || out.status == 204 || out.status == 304) return body;
  if (out.header("transfer-encoding") == "chunked") {
    out.body.clear();
    for (std::size_t at = body;;) {
      std::size_t size = 0;
      const auto line = text.find("\r\n", at);
      if (line == text.npos) return 0;
      std::from_chars(text.data() + at, text.data() + line, size, 16);
      if (text.size() < line + 4 + size) return 0;
      if (size == 0) return line + 4;
      out.body.append(text.substr(line + 2, size));
      at = line + 4 + size;
    }
  }
  std::size_t length = 0;
  const auto value = out.header("content-length");
  std::from_chars(value.data(), value.data() + value.size(), length);
  if (text.size() < body + length) return 0;
  out.body = text.substr(body, length);
  return body + length;
}

std::optional<raw_answer> raw_client::read_answer(bool to_head, milliseconds patience) {
  const auto deadline = clock::now() + patience;
  do {
    raw_answer out;
    if (const auto size = parse(pending_, to_head, out); size > 0) {
      pending_.erase(0, size);
      return out;
    }
  } while (read_some(std::chrono::duration_cast<milliseconds>(deadline - clock::now())));
  return std::nullopt;
}

std::vector<raw_answer> raw_client::read_answers(milliseconds patience) {
  std::vector<raw_answer> out;
  const auto deadline = clock::now() + patience;
  while (auto one = read_answer(false, std::chrono::duration_cast<milliseconds>(deadline - clock::now())))
    out.push_back(std::move(*one));
  return out;
}

void raw_client::shut() {
  ::shutdown(fd_, SHUT_WR);
}

void raw_client::reset() {
  const linger now{1, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  leave();
}

void raw_client::leave() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

}  // namespace troupe::testing
