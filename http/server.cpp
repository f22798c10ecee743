#include "http/server.hpp"

#include <atomic>
#include <future>
#include <mutex>
#include <stdexcept>
#include <utility>

#include <pistache/listener.h>

#include "config/logging.hpp"
#include "http/listening_socket.hpp"
#include "http/transport.hpp"
#include "http/wall.hpp"

namespace troupe::http {
namespace {

constexpr int backlog = 1024;
constexpr std::chrono::seconds stop_patience{5};

Pistache::Address address_of(const server_options& o) {
  const bool v6 = o.address.find(':') != std::string::npos;
  return Pistache::Address((v6 ? "[" + o.address + "]" : o.address) + ":" + std::to_string(o.port));
}

}  // namespace

struct server::impl {
  std::shared_ptr<wall> shared;
  std::unique_ptr<Pistache::Tcp::Listener> listener;
  std::uint16_t port = 0;
  bool listening = false;

  void refuse_new() {
    if (std::exchange(listening, false)) stop_listening(port);
  }

  // Runs the step on every worker's thread and waits for all.
  void everywhere(void (transport::*step)()) {
    std::vector<std::future<void>> done;
    {
      std::lock_guard guard(shared->lock);
      for (const auto& weak : shared->transports) {
        const auto t = weak.lock();
        if (!t) continue;
        auto told = std::make_shared<std::promise<void>>();
        done.push_back(told->get_future());
        t->post([told, step](transport& worker) {
          (worker.*step)();
          told->set_value();
        });
      }
    }
    for (auto& d : done)
      if (d.wait_for(stop_patience) != std::future_status::ready) log::error("an HTTP worker does not come to its end");
  }
};

server::server(server_options options, handler handle) : impl_(std::make_unique<impl>()) {
  if (!is_loopback(options.address))
    throw std::invalid_argument("http: " + options.address + " is not a loopback address");
  if (options.threads < 1) throw std::invalid_argument("http: at least one thread is needed");
  impl_->shared = std::make_shared<wall>(std::move(options), std::move(handle));
}

server::~server() {
  stop();
}

std::uint16_t server::start() {
  using Pistache::Tcp::Options;
  const auto& options = impl_->shared->options;
  impl_->listener = std::make_unique<Pistache::Tcp::Listener>();
  auto& listener = *impl_->listener;
  listener.init(static_cast<std::size_t>(options.threads),
                Pistache::Flags<Options>(Options::ReuseAddr | Options::NoDelay | Options::CloseOnExec), "http",
                backlog);
  listener.setTransportFactory(
      [shared = impl_->shared] { return std::make_shared<transport>(shared, std::make_shared<peer_handler>()); });
  listener.bind(address_of(options));
  impl_->port = static_cast<std::uint16_t>(listener.getPort());
  impl_->listening = true;
  listener.runThreaded();
  return impl_->port;
}

bool server::drain(std::chrono::milliseconds patience) {
  auto& shared = *impl_->shared;
  shared.draining = true;
  impl_->refuse_new();
  impl_->everywhere(&transport::drain);
  std::unique_lock guard(shared.lock);
  return shared.settled.wait_for(guard, patience, [&] { return shared.in_flight == 0; });
}

void server::stop() {
  if (!impl_->listener) return;
  impl_->shared->draining = true;
  impl_->refuse_new();
  impl_->everywhere(&transport::cut_all);
  impl_->listener->shutdown();
  impl_->listener.reset();  // joins
}

std::size_t server::in_flight() const {
  return impl_->shared->in_flight;
}
std::size_t server::connections() const {
  return impl_->shared->connections;
}

}  // namespace troupe::http
