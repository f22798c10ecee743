#include "nginx/door.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <future>
#include <poll.h>
#include <pwd.h>
#include <stdexcept>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <system_error>
#include <thread>
#include <unistd.h>

#include "config/logging.hpp"
#include "nginx/nginx_process.hpp"

namespace troupe::nginx {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using clock = std::chrono::steady_clock;

constexpr milliseconds start_patience{10'000};
constexpr milliseconds end_patience{3'000};
constexpr milliseconds first_backoff{100};
constexpr milliseconds last_backoff{10'000};
constexpr std::chrono::seconds steady_after{30};
constexpr std::uintmax_t max_log_bytes = 10 * 1024 * 1024;

class descriptor {
public:
  descriptor(int fd, const char* what) : fd_(fd) {
    if (fd < 0) throw std::system_error(errno, std::generic_category(), std::string("door: ") + what);
  }
  ~descriptor() { ::close(fd_); }
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  int get() const { return fd_; }

private:
  const int fd_;
};

bool readable_within(int fd, milliseconds patience) {
  pollfd one{fd, POLLIN, 0};
  return ::poll(&one, 1, static_cast<int>(patience.count())) > 0;
}

void write_file(const fs::path& path, const std::string& text) {
  const auto fresh = fs::path(path).concat(".new");
  std::ofstream out(fresh, std::ios::trunc);
  out << text;
  out.close();
  if (!out) throw std::runtime_error("door: " + fresh.string() + " cannot be written");
  fs::rename(fresh, path);
}

}  // namespace

struct door::impl {
  explicit impl(door_options o) : options(std::move(o)), stop_wanted(::eventfd(0, EFD_CLOEXEC), "eventfd") {}

  door_options options;
  descriptor stop_wanted;
  std::thread keeper;  // forks nginx, which ends with this very thread
  std::atomic<pid_t> master{0};
  std::atomic<unsigned> restarts{0};

  void prepare();
  void launch();
  bool wait_until_listening(int pidfd);
  void end_master(int pidfd);
  void reap();
  void keep(std::promise<void> started);
};

void door::impl::prepare() {
  const auto& dir = options.state_dir;
  fs::create_directories(dir / "tmp");
  if (!end_nginx_processes(dir, end_patience))
    throw std::runtime_error("door: an older nginx in " + dir.string() + " does not end");
  if (::geteuid() == 0 && options.worker_user.empty())
    options.worker_user = ::getpwnam("www-data") ? "www-data" : "nobody";
  const auto log = dir / "error.log";
  if (fs::exists(log) && fs::file_size(log) > max_log_bytes) fs::resize_file(log, 0);
  write_file(dir / "nginx.conf", render_door(options));
  check_configuration(options.program, dir / "nginx.conf");
}

void door::impl::launch() {
  const auto& dir = options.state_dir;
  fs::remove(dir / "nginx.pid");
  const descriptor log(::open((dir / "error.log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600),
                       "error.log");
  master = start_nginx(options.program, {"-e", (dir / "error.log").string(), "-c", (dir / "nginx.conf").string()}, dir,
                       log.get());
}

// nginx writes its pid file once its sockets listen.
bool door::impl::wait_until_listening(int pidfd) {
  const auto deadline = clock::now() + start_patience;
  while (clock::now() < deadline) {
    pid_t written = 0;
    if (std::ifstream(options.state_dir / "nginx.pid") >> written && written == master) return true;
    if (readable_within(pidfd, milliseconds(10))) return false;
  }
  return false;
}

void door::impl::end_master(int pidfd) {
  ::kill(master, SIGQUIT);
  if (readable_within(pidfd, options.shutdown_grace)) return;
  ::kill(master, SIGTERM);
  if (readable_within(pidfd, end_patience)) return;
  ::kill(-master, SIGKILL);
}

void door::impl::reap() {
  int status = 0;
  while (::waitpid(master, &status, 0) < 0 && errno == EINTR) {
  }
  master = 0;
  // The workers of a master that was killed live on and hold the port.
  if (!end_nginx_processes(options.state_dir, end_patience)) log::error("workers of a dead nginx do not end");
}

void door::impl::keep(std::promise<void> started) {
  bool first = true;
  auto backoff = first_backoff;
  while (true) {
    const auto since = clock::now();
    try {
      if (first) prepare();
      launch();
      // glibc 2.36 declares pidfd_open() without extern "C".
      const descriptor pidfd(static_cast<int>(::syscall(SYS_pidfd_open, master.load(), 0)), "pidfd_open");
      if (wait_until_listening(pidfd.get())) {
        if (std::exchange(first, false)) started.set_value();
        log::info("the door is open", {{"address", options.bind_address},
                                       {"port", std::uint64_t{options.port}},
                                       {"nginx", std::int64_t{master.load()}}});
        pollfd either[] = {{pidfd.get(), POLLIN, 0}, {stop_wanted.get(), POLLIN, 0}};
        while (::poll(either, 2, -1) < 0 && errno == EINTR) {
        }
        if (either[1].revents != 0) {
          end_master(pidfd.get());
          return reap();
        }
        log::error("nginx has died", {{"nginx", std::int64_t{master.load()}}});
        reap();
      } else {
        ::kill(-master, SIGKILL);
        reap();
        throw std::runtime_error("door: nginx does not start; see " + (options.state_dir / "error.log").string());
      }
    } catch (const std::exception& e) {
      if (first) return started.set_exception(std::current_exception());
      log::error("the door", {{"error", std::string_view(e.what())}});
    }
    if (clock::now() - since > steady_after) backoff = first_backoff;
    if (readable_within(stop_wanted.get(), backoff)) return;
    backoff = std::min(backoff * 2, last_backoff);
    ++restarts;
  }
}

door::door(door_options options) : impl_(std::make_unique<impl>(std::move(options))) {}
door::~door() {
  stop();
}

void door::start() {
  std::promise<void> started;
  auto listening = started.get_future();
  impl_->keeper = std::thread([this, told = std::move(started)]() mutable { impl_->keep(std::move(told)); });
  listening.get();
}

void door::stop() {
  if (!impl_->keeper.joinable()) return;
  ::eventfd_write(impl_->stop_wanted.get(), 1);
  impl_->keeper.join();
}

pid_t door::master() const {
  return impl_->master;
}
unsigned door::restarts() const {
  return impl_->restarts;
}

}  // namespace troupe::nginx
