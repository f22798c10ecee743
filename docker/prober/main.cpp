// Troupe's own program in tenants' containers, mounted read-only from a volume: the Engine runs it as their health
// check, so that the image needs neither a shell nor wget or curl. Linked statically; it knows no environment variable,
// no proxy and no redirect.
//
//   prober http PORT PATH    exit code 0: the answer's status is 200 to 399
//   prober tcp PORT          0: something listens
//   prober hold              0 at once the first time; later calls wait
//   prober give PATH UID GID 0: the directory and all that is below it belong to this user
//
// `hold` keeps a container out of service until the Engine calls it for the first time, an interval after the start: by
// then it has outlived its stability window. Since the Engine calls again and again for ever, and each call costs it
// some 70 ms of processor time, the second one does not return for a day. A process that stays behind marks that there
// was a first one, by an abstract socket of the container's own network namespace.
#include <arpa/inet.h>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

namespace {

constexpr int passed = 0, failed = 1, misused = 2;
constexpr time_t patience_seconds = 300;  // the Engine's own time limit is shorter
constexpr unsigned a_day = 24 * 60 * 60;

int connect_to(const sockaddr* address, socklen_t size) {
  const int s = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (s < 0) return s;
  const timeval limit{patience_seconds, 0};
  setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(s, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  if (connect(s, address, size) == 0) return s;
  close(s);
  return -1;
}

int connect_to_loopback(std::uint16_t port) {
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(port);
  v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (const int s = connect_to(reinterpret_cast<const sockaddr*>(&v4), sizeof v4); s >= 0) return s;
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(port);
  v6.sin6_addr = in6addr_loopback;
  return connect_to(reinterpret_cast<const sockaddr*>(&v6), sizeof v6);
}

// Some programs listen on the container's own address alone.
int connect_to_own_addresses(std::uint16_t port) {
  ifaddrs* all = nullptr;
  if (getifaddrs(&all) != 0) return -1;
  int found = -1;
  for (const auto* each = all; each != nullptr && found < 0; each = each->ifa_next) {
    if (each->ifa_addr == nullptr) continue;
    if (each->ifa_addr->sa_family == AF_INET) {
      auto address = *reinterpret_cast<const sockaddr_in*>(each->ifa_addr);
      address.sin_port = htons(port);
      found = connect_to(reinterpret_cast<const sockaddr*>(&address), sizeof address);
    } else if (each->ifa_addr->sa_family == AF_INET6) {
      auto address = *reinterpret_cast<const sockaddr_in6*>(each->ifa_addr);
      address.sin6_port = htons(port);
      found = connect_to(reinterpret_cast<const sockaddr*>(&address), sizeof address);
    }
  }
  freeifaddrs(all);
  return found;
}

int connect_here(std::uint16_t port) {
  const int s = connect_to_loopback(port);
  return s >= 0 ? s : connect_to_own_addresses(port);
}

int say(int code, const std::string& words) {
  std::printf("%s\n", words.c_str());
  return code;
}

int probe_tcp(std::uint16_t port) {
  const int s = connect_here(port);
  if (s < 0) return say(failed, "nothing listens on port " + std::to_string(port));
  close(s);
  return passed;
}

int probe_http(std::uint16_t port, const std::string& path) {
  const auto where = "port " + std::to_string(port);
  const int s = connect_here(port);
  if (s < 0) return say(failed, "nothing listens on " + where);
  const auto request = "GET " + path + " HTTP/1.1\r\nHost: localhost:" + std::to_string(port) +
                       "\r\nUser-Agent: troupe-prober\r\nAccept: */*\r\nConnection: close\r\n\r\n";
  for (std::size_t sent = 0; sent < request.size();) {
    const auto n = send(s, request.data() + sent, request.size() - sent, MSG_NOSIGNAL);
    if (n <= 0) return say(failed, where + " takes no request");
    sent += static_cast<std::size_t>(n);
  }
  std::string answer;
  char buffer[512];
  while (answer.find('\n') == std::string::npos && answer.size() < sizeof buffer) {
    const auto n = recv(s, buffer, sizeof buffer, 0);
    if (n <= 0) break;
    answer.append(buffer, static_cast<std::size_t>(n));
  }
  close(s);
  int status = 0;
  if (std::sscanf(answer.c_str(), "HTTP/%*d.%*d %d", &status) != 1)
    return say(failed, answer.empty() ? where + " gives no answer" : where + " does not speak HTTP");
  if (status >= 200 && status < 400) return passed;
  return say(failed, "GET " + path + " on " + where + " answers " + std::to_string(status));
}

// Follows no link and leaves out what is mounted below. What is there may have been put there with ill will.
bool give_below(int directory, dev_t device, uid_t uid, gid_t gid, int depth) {
  constexpr int deepest = 256;
  DIR* const entries = depth < deepest ? fdopendir(directory) : nullptr;
  if (entries == nullptr) {
    close(directory);
    return false;
  }
  bool all = true;
  while (const auto* entry = readdir(entries)) {
    const std::string name = entry->d_name;
    struct stat seen {};
    if (name == "." || name == "..") continue;
    if (fstatat(dirfd(entries), name.c_str(), &seen, AT_SYMLINK_NOFOLLOW) != 0 || seen.st_dev != device) continue;
    if (S_ISDIR(seen.st_mode)) {
      const int inner = openat(dirfd(entries), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
      all = inner >= 0 && give_below(inner, device, uid, gid, depth + 1) && all;
    }
    if (seen.st_uid != uid) all = fchownat(dirfd(entries), name.c_str(), uid, gid, AT_SYMLINK_NOFOLLOW) == 0 && all;
  }
  closedir(entries);
  return all;
}

// The directory itself last: whose it is tells that all was done.
int give(const std::string& path, uid_t uid, gid_t gid) {
  const int top = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  struct stat seen {};
  if (top < 0 || fstat(top, &seen) != 0) return say(failed, path + " is no directory");
  const int inner = dup(top);
  if (!give_below(inner, seen.st_dev, uid, gid, 0)) return say(failed, "not all of " + path + " could be given");
  const mode_t mode = (seen.st_mode & 07777U) | 0700U;
  if (fchmod(top, mode) != 0 || fchown(top, uid, gid) != 0) return say(failed, path + " could not be given");
  return passed;
}

// Whether this is the container's first call. It leaves the process behind that tells later ones.
bool is_first() {
  const int s = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  constexpr char text[] = "\0troupe-prober-hold";
  std::memcpy(name.sun_path, text, sizeof text - 1);
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + sizeof text - 1);
  if (s < 0 || bind(s, reinterpret_cast<const sockaddr*>(&name), size) != 0) return s < 0;
  if (fork() != 0) return true;  // where it fails later calls are answered like the first
  setsid();
  const int null = open("/dev/null", O_RDWR);  // the Engine waits for whoever holds the call's output
  for (int fd = 0; fd < 3; ++fd) dup2(null, fd);
  while (true) pause();
}

}  // namespace

int main(int count, char** words) {
  const std::string what = count > 1 ? words[1] : "";
  const auto port = static_cast<std::uint16_t>(count > 2 ? std::atoi(words[2]) : 0);
  if (what == "http" && count == 4) return probe_http(port, words[3]);
  if (what == "tcp" && count == 3) return probe_tcp(port);
  if (what == "give" && count == 5)
    return give(words[2], static_cast<uid_t>(std::atoi(words[3])), static_cast<gid_t>(std::atoi(words[4])));
  if (what != "hold") return say(misused, "usage: prober http PORT PATH | tcp PORT | hold | give PATH UID GID");
  if (!is_first()) sleep(a_day);
  return passed;
}
