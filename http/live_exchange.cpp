#include "http/live_exchange.hpp"

#include <exception>
#include <utility>

#include "config/logging.hpp"
#include "http/transport.hpp"

namespace troupe::http {

live_exchange::live_exchange(std::weak_ptr<transport> carrier, std::weak_ptr<connection> to, std::uint64_t serial,
                             std::size_t max_queued, std::string request_id)
    : carrier_(std::move(carrier)),
      to_(std::move(to)),
      serial_(serial),
      max_queued_(max_queued),
      request_id_(std::move(request_id)) {}

live_exchange::~live_exchange() {
  try {
    switch (phase_.exchange(phase::ended)) {
      case phase::open:
        if (const auto t = carrier_.lock())
          send(t->shared().error_answer(500, "The request was not answered.", request_id_));
        break;
      case phase::streaming: post(stream_end::abandoned); break;
      case phase::ended: break;
    }
  } catch (const std::exception& e) {
    log::error("an unanswered request could not be ended", {{"error", std::string_view(e.what())}});
  }
}

void live_exchange::answer(response what) {
  auto expected = phase::open;
  if (phase_.compare_exchange_strong(expected, phase::ended)) send(std::move(what));
}

void live_exchange::open_stream(int status, header_list headers) {
  auto expected = phase::open;
  if (phase_.compare_exchange_strong(expected, phase::streaming)) send(stream_head{status, std::move(headers)});
}

bool live_exchange::write(std::string chunk) {
  if (phase_ != phase::streaming) return false;
  if (queued_.fetch_add(chunk.size()) + chunk.size() > max_queued_) {
    if (phase_.exchange(phase::ended) == phase::streaming) post(stream_end::abandoned);
    return false;
  }
  post(std::move(chunk));
  return true;
}

void live_exchange::close() {
  auto expected = phase::streaming;
  if (phase_.compare_exchange_strong(expected, phase::ended)) post(stream_end::orderly);
}

void live_exchange::on_gone(std::function<void()> callback) {
  {
    std::lock_guard guard(lock_);
    if (!gone_) {
      if (!finished_) on_gone_ = std::move(callback);
      return;
    }
  }
  if (const auto t = carrier_.lock())
    t->post([call = std::move(callback)](transport&) { call(); });
  else
    callback();
}

void live_exchange::finished() {
  phase_ = phase::ended;
  std::function<void()> dropped;  // what it captured may hold this very exchange
  std::lock_guard guard(lock_);
  finished_ = true;
  dropped.swap(on_gone_);
}

void live_exchange::client_gone() {
  phase_ = phase::ended;
  std::function<void()> call;
  {
    std::lock_guard guard(lock_);
    if (gone_ || finished_) return;
    gone_ = true;
    call.swap(on_gone_);
  }
  try {
    if (call) call();
  } catch (const std::exception& e) {
    log::error("an on_gone callback threw", {{"error", std::string_view(e.what())}});
  }
}

// On the spot where the handler answers before it returns; else by the connection's thread, in order.
void live_exchange::send(outgoing what) {
  const auto t = carrier_.lock();
  if (!t) return;
  if (t->is_current()) {
    if (const auto c = to_.lock(); c && c->is_dispatching(serial_)) return c->deliver(serial_, std::move(what));
  }
  t->post(transport::delivery{to_, serial_, std::move(what)});
}

void live_exchange::post(outgoing what) {
  if (const auto t = carrier_.lock()) t->post(transport::delivery{to_, serial_, std::move(what)});
}

}  // namespace troupe::http
