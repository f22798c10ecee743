#include "http/listening_socket.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <charconv>
#include <fcntl.h>
#include <filesystem>
#include <netinet/in.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace troupe::http {

bool is_loopback(const std::string& address) {
  in_addr v4{};
  in6_addr v6{};
  if (::inet_pton(AF_INET, address.c_str(), &v4) == 1) return ntohl(v4.s_addr) >> 24 == 127;
  return ::inet_pton(AF_INET6, address.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

static bool listens_on(int fd, std::uint16_t port) {
  int accepts = 0;
  socklen_t size = sizeof accepts;
  if (::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &accepts, &size) != 0 || accepts == 0) return false;
  sockaddr_in6 name{};  // the port lies at the same place in sockaddr_in
  size = sizeof name;
  return ::getsockname(fd, reinterpret_cast<sockaddr*>(&name), &size) == 0 &&
         (name.sin6_family == AF_INET || name.sin6_family == AF_INET6) && ntohs(name.sin6_port) == port;
}

void stop_listening(std::uint16_t port) {
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    const auto name = entry.path().filename().string();
    int fd = -1;
    std::from_chars(name.data(), name.data() + name.size(), fd);
    if (fd < 0 || !listens_on(fd, port)) continue;
    const int deaf = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (deaf < 0 || ::dup3(deaf, fd, O_CLOEXEC) < 0)
      throw std::system_error(errno, std::generic_category(), "http: stop listening");
    ::close(deaf);
    return;
  }
}

}  // namespace troupe::http
