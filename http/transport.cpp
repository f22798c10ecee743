#include "http/transport.hpp"

#include <algorithm>
#include <cstring>
#include <ctime>
#include <exception>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include <pistache/peer.h>

#include "config/logging.hpp"

namespace troupe::http {
namespace {

using Pistache::Polling::Mode;
using Pistache::Polling::NotifyOn;

thread_local transport* current = nullptr;

std::chrono::milliseconds tick_for(const server_options& o) {
  const auto shortest = std::min({o.header_timeout, o.body_timeout, o.idle_timeout, o.write_timeout});
  return std::clamp(shortest / 8, std::chrono::milliseconds(5), std::chrono::milliseconds(250));
}

void drain_counter(int fd) {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto n = ::read(fd, &count, sizeof count);  // non-blocking; empty is as good
}

}  // namespace

transport::transport(std::shared_ptr<wall> shared, std::shared_ptr<Pistache::Tcp::Handler> peers_handler)
    : Pistache::Tcp::Transport(peers_handler),
      wall_(std::move(shared)),
      handler_(std::move(peers_handler)),
      tick_(tick_for(wall_->options)) {}

transport::~transport() {
  if (wake_fd_ >= 0) ::close(wake_fd_);
  if (timer_fd_ >= 0) ::close(timer_fd_);
}

std::shared_ptr<Pistache::Aio::Handler> transport::clone() const {
  auto worker = std::make_shared<transport>(wall_, handler_->clone());
  std::lock_guard guard(wall_->lock);
  wall_->transports.push_back(worker);
  return worker;
}

void transport::registerPoller(Pistache::Polling::Epoll& poller) {
  Pistache::Tcp::Transport::registerPoller(poller);
  wake_fd_ = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  timer_fd_ = ::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  if (wake_fd_ < 0 || timer_fd_ < 0)
    throw std::system_error(errno, std::generic_category(), "http: eventfd or timerfd");
  for (const int fd : {wake_fd_, timer_fd_})
    poller.addFd(fd, Pistache::Flags<NotifyOn>(NotifyOn::Read), Pistache::Polling::Tag(static_cast<std::uint64_t>(fd)),
                 Mode::Edge);
}

void transport::onReady(const Pistache::Aio::FdSet& fds) {
  current = this;
  now_ = std::chrono::steady_clock::now();
  bool woken = false;
  bool ticked = false;
  std::vector<Pistache::Polling::Event> others;
  for (const auto& entry : fds) {
    const auto tag = entry.getTag();
    const auto fd = static_cast<int>(tag.value());
    if (fd == wake_fd_) {
      woken = true;
    } else if (fd == timer_fd_) {
      ticked = true;
    } else if (static_cast<std::size_t>(fd) < by_fd_.size() && by_fd_[static_cast<std::size_t>(fd)]) {
      // Where the descriptor was closed and taken anew within this round, the event is a stranger's: reading then finds
      // nothing.
      const auto c = by_fd_[static_cast<std::size_t>(fd)];
      // Entry hides its base and with it the one flag that tells an end of file from data; only a C-style cast reaches
      // it.
      const auto& flags = ((const Pistache::Polling::Event&)entry).flags;
      guarded(*c, [&] {
        c->on_event({entry.isReadable(), entry.isWritable(), flags.hasFlag(NotifyOn::Shutdown), entry.isHangup()});
      });
    } else if (entry.isReadable()) {
      Pistache::Polling::Event event(tag);
      event.flags.setFlag(NotifyOn::Read);
      others.push_back(event);
    }
  }
  if (!others.empty()) {
    try {
      Pistache::Tcp::Transport::onReady(Pistache::Aio::FdSet(std::move(others)));  // its queue of accepted peers
    } catch (const std::exception& e) {
      log::error("a connection could not be taken on", {{"error", std::string_view(e.what())}});
    }
    for (const auto& c : std::exchange(newcomers_, {})) guarded(*c, [&] { c->refuse(); });
  }
  if (woken) run_jobs();
  if (ticked) check_deadlines();
  removed_.clear();
}

template <class Step>
void transport::guarded(connection& c, Step step) {
  try {
    step();
  } catch (const std::exception& e) {
    log::error("a connection is cut", {{"error", std::string_view(e.what())}});
    c.cut();
  }
}

void transport::adopt(const std::shared_ptr<Pistache::Tcp::Peer>& peer) {
  const auto fd = static_cast<std::size_t>(peer->fd());
  if (fd >= by_fd_.size()) by_fd_.resize(fd + 64);
  now_ = std::chrono::steady_clock::now();
  by_fd_[fd] = std::make_shared<connection>(*this, peer);
  ++alive_;
  arm_timer(true);
  // Not refused here: Pistache has yet to register the descriptor.
  if (++wall_->connections > wall_->options.max_connections || wall_->draining) newcomers_.push_back(by_fd_[fd]);
}

void transport::remove(connection& c) {
  const int fd = c.peer()->fd();
  removed_.push_back(std::move(by_fd_[static_cast<std::size_t>(fd)]));
  by_fd_[static_cast<std::size_t>(fd)].reset();
  --alive_;
  --wall_->connections;
  try {
    removePeer(c.peer());
  } catch (const std::exception&) {  // it was never registered with the poller, which Pistache finds before it closes
    ::close(fd);
  }
}

void transport::post(job what) {
  bool first = false;
  {
    std::lock_guard guard(jobs_lock_);
    first = jobs_.empty();
    jobs_.push_back(std::move(what));
  }
  if (!first) return;
  const std::uint64_t one = 1;
  if (::write(wake_fd_, &one, sizeof one) < 0 && errno != EAGAIN)
    log::error("eventfd", {{"error", std::string_view(std::strerror(errno))}});
}

bool transport::is_current() const {
  return current == this;
}

void transport::run_jobs() {
  drain_counter(wake_fd_);
  std::vector<job> jobs;
  {
    std::lock_guard guard(jobs_lock_);
    jobs.swap(jobs_);
  }
  for (auto& j : jobs) {
    if (auto* d = std::get_if<delivery>(&j)) {
      if (const auto c = d->to.lock()) guarded(*c, [&] { c->deliver(d->serial, std::move(d->what)); });
    } else {
      try {
        std::get<std::function<void(transport&)>>(j)(*this);
      } catch (const std::exception& e) {
        log::error("a job of the transport threw", {{"error", std::string_view(e.what())}});
      }
    }
  }
  for (const auto& c : std::exchange(unflushed_, {})) guarded(*c, [&] { c->flush(); });
}

void transport::check_deadlines() {
  drain_counter(timer_fd_);
  for (std::size_t fd = 0; fd < by_fd_.size(); ++fd)
    if (const auto c = by_fd_[fd]) guarded(*c, [&] { c->check_deadline(); });
  if (alive_ == 0) arm_timer(false);
}

void transport::arm_timer(bool on) {
  if (on == timer_armed_) return;
  itimerspec spec{};
  if (on) spec.it_interval = spec.it_value = {tick_.count() / 1000, tick_.count() % 1000 * 1'000'000};
  if (::timerfd_settime(timer_fd_, 0, &spec, nullptr) != 0)
    throw std::system_error(errno, std::generic_category(), "timerfd_settime");
  timer_armed_ = on;
}

void transport::watch_writable(int fd, bool wanted) {
  auto interest = NotifyOn::Read | NotifyOn::Shutdown;
  if (wanted) interest = interest | NotifyOn::Write;
  reactor()->modifyFd(key(), fd, interest, Mode::Edge);
}

std::string_view transport::date() {
  const auto second = std::time(nullptr);
  if (second != date_second_) {
    std::tm parts{};
    ::gmtime_r(&second, &parts);
    char text[40];
    date_.assign(text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts));
    date_second_ = second;
  }
  return date_;
}

void transport::drain() {
  for (std::size_t fd = 0; fd < by_fd_.size(); ++fd)
    if (const auto c = by_fd_[fd]) guarded(*c, [&] { c->drain(); });
}

void transport::cut_all() {
  for (std::size_t fd = 0; fd < by_fd_.size(); ++fd)
    if (const auto c = by_fd_[fd]) c->cut();
}

void peer_handler::onConnection(const std::shared_ptr<Pistache::Tcp::Peer>& peer) {
  static_cast<http::transport*>(transport())->adopt(peer);
}

void peer_handler::onInput(const char*, std::size_t, const std::shared_ptr<Pistache::Tcp::Peer>&) {
  throw std::logic_error("http: Pistache read a peer by itself");
}

std::shared_ptr<Pistache::Tcp::Handler> peer_handler::clone() const {
  return std::make_shared<peer_handler>();
}

}  // namespace troupe::http
