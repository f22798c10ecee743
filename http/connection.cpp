#include "http/connection.hpp"

#include <algorithm>
#include <cerrno>
#include <exception>
#include <sys/socket.h>
#include <utility>

#include <pistache/peer.h>

#include "config/logging.hpp"
#include "http/live_exchange.hpp"
#include "http/response_head.hpp"
#include "http/transport.hpp"

namespace troupe::http {
namespace {

constexpr std::size_t small_body = 16 * 1024;               // copied behind its head: one send() instead of two buffers
constexpr std::size_t max_dropped = 4 * 1024 * 1024;        // of a refused request's rest
constexpr std::chrono::milliseconds linger_timeout{2'000};  // for the client to take the answer and close
constexpr int max_rounds = 16;                              // of receiving, before it is the other clients' turn
constexpr auto never = std::chrono::steady_clock::time_point::max();

reading_limits limits_of(const server_options& o) {
  return {o.max_target_bytes, o.max_header_bytes, o.max_headers, o.max_body_bytes};
}

std::string as_chunk(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string size;
  for (auto n = text.size(); n > 0; n /= 16) size.insert(size.begin(), digits[n % 16]);
  std::string out;
  out.reserve(size.size() + text.size() + 4);
  out.append(size).append("\r\n").append(text).append("\r\n");
  return out;
}

}  // namespace

connection::connection(transport& owner, std::shared_ptr<Pistache::Tcp::Peer> peer)
    : owner_(owner),
      peer_(std::move(peer)),
      fd_(peer_->fd()),
      address_(peer_->address().host()),
      reader_(limits_of(owner.shared().options)) {
  set_deadline(owner_.shared().options.header_timeout);
}

void connection::on_event(readiness what) {
  if (phase_ == phase::closed) return;
  if (what.hung_up) return cut();
  shut_ = shut_ || what.shut;
  readable_ = readable_ || what.readable;
  if (phase_ == phase::streaming && shut_) return cut();
  if (what.writable) send_pending();
  pump();
}

// ---- from the client ----

void connection::pump() {
  if (pumping_) return;
  pumping_ = true;
  if (phase_ == phase::reading && !rest_.empty()) digest_rest();
  int rounds = 0;
  while (phase_ == phase::reading && readable_ && rounds++ < max_rounds && receive()) {
  }
  pumping_ = false;
  if (rounds > max_rounds) owner_.post([c = shared_from_this()](transport&) { c->pump(); });
  if (phase_ == phase::lingering) drop_input();
}

bool connection::receive() {
  auto& buffer = owner_.input();
  const auto n = ::recv(fd_, buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (n < 0) {
    if (errno == EINTR) return true;
    readable_ = false;
    if (errno != EAGAIN && errno != EWOULDBLOCK) cut();
    return false;
  }
  if (n == 0) {
    cut();
    return false;
  }
  const std::string_view bytes(buffer.data(), static_cast<std::size_t>(n));
  // A short read has emptied the socket; what comes later raises another edge. An end of file behind it has raised its
  // own already.
  if (bytes.size() < buffer.size() && !shut_) readable_ = false;
  if (rest_.empty()) {
    const auto used = digest(bytes);
    if (phase_ != phase::closed) rest_.assign(bytes.substr(used));
  } else {
    rest_.append(bytes);
    digest_rest();
  }
  return true;
}

void connection::digest_rest() {
  const auto used = digest(rest_);
  rest_.erase(0, used);
}

std::size_t connection::digest(std::string_view bytes) {
  std::size_t used = 0;
  while (phase_ == phase::reading && used < bytes.size()) {
    const auto step = reader_.feed(bytes.substr(used));
    used += step.consumed;
    switch (step.outcome) {
      case reading::more: enter(reader_.in_body() ? stage::body : stage::head); return used;
      case reading::continue_wanted: {
        enter(stage::body);
        std::size_t sent = 0;
        if (output_.send_now(fd_, "HTTP/1.1 100 Continue\r\n\r\n", sent) != output_queue::result::sent_all) cut();
        break;
      }
      case reading::complete: dispatch(); break;
      case reading::rejected: reject(reader_.status(), reader_.detail()); return bytes.size();
    }
  }
  return used;
}

void connection::enter(stage next) {
  if (stage_ == next) return;
  stage_ = next;
  const auto& options = owner_.shared().options;
  switch (next) {
    case stage::idle: return set_deadline(options.idle_timeout);
    case stage::head: return set_deadline(options.header_timeout);
    case stage::body: return set_deadline(options.body_timeout);
  }
}

void connection::dispatch() {
  auto& shared = owner_.shared();
  auto asked = reader_.take();
  asked.peer_address = address_;
  const auto* id = asked.header("x-request-id");
  asked_id_ = id ? *id : std::string();
  keep_alive_ = reader_.keep_alive();
  without_body_ = reader_.is_head();
  phase_ = phase::working;
  stage_ = stage::idle;
  deadline_ = never;
  ++serial_;
  counted_ = true;
  ++shared.in_flight;
  auto answering = std::make_shared<live_exchange>(owner_.weak_from_this(), weak_from_this(), serial_,
                                                   shared.options.max_queued_bytes, asked_id_);
  current_ = answering;
  dispatching_ = true;
  try {
    shared.handle(std::move(asked), std::move(answering));
  } catch (const std::exception& e) {
    log::error("a handler threw", {{"error", std::string_view(e.what())}});
  } catch (...) {
    log::error("a handler threw something that is no exception");
  }
  answering.reset();
  dispatching_ = false;
}

void connection::reject(int status, std::string_view detail) {
  keep_alive_ = false;
  without_body_ = reader_.is_head();
  const auto* id = reader_.so_far().header("x-request-id");
  send_answer(owner_.shared().error_answer(status, detail, id ? *id : std::string()));
}

void connection::refuse() {
  keep_alive_ = false;
  send_answer(owner_.shared().error_answer(503, "There are too many connections.", {}));
}

void connection::drop_input() {
  auto& buffer = owner_.input();
  while (readable_ && phase_ == phase::lingering) {
    const auto n = ::recv(fd_, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (n > 0 && (dropped_ += static_cast<std::size_t>(n)) <= max_dropped) continue;
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
      readable_ = false;
    else
      cut();
  }
}

// ---- to the client ----

void connection::deliver(std::uint64_t serial, outgoing what) {
  if (serial != serial_) return;
  if (phase_ == phase::working) {
    if (auto* whole = std::get_if<response>(&what)) return send_answer(std::move(*whole));
    if (const auto* head = std::get_if<stream_head>(&what)) return open_stream(*head);
  } else if (phase_ == phase::streaming) {
    if (auto* chunk = std::get_if<std::string>(&what)) return write_chunk(std::move(*chunk));
    if (const auto* end = std::get_if<stream_end>(&what)) return end_stream(*end);
  }
}

bool connection::closes_after_answer() const {
  return !keep_alive_ || owner_.shared().draining;
}

void connection::send_answer(response what) {
  if (what.status < 200 || what.status > 599 || !are_sendable(what.content_type, what.headers)) {
    log::error("an answer had a status or header that cannot be sent", {{"status", std::int64_t{what.status}}});
    what = owner_.shared().error_answer(500, "The answer was not fit to be sent.", asked_id_);
  }
  keep_alive_ = !closes_after_answer();
  phase_ = phase::flushing;
  const std::string_view body = what.shared_body ? *what.shared_body : what.body;
  auto& out = owner_.scratch();
  out.clear();
  append_head(out, what.status, what.content_type, what.headers, owner_.date(),
              {.length = body.size(), .close = !keep_alive_, .keep_alive = !reader_.http_1_1()});
  const bool with_body = !without_body_ && may_have_body(what.status);
  std::size_t sent = 0;
  if (!with_body || body.size() <= small_body) {
    if (with_body) out.append(body);
    return after_send(output_.send_now(fd_, out, sent), sent);
  }
  output_.push(out);
  if (what.shared_body)
    output_.push(std::move(what.shared_body));
  else
    output_.push(std::move(what.body));
  send_pending();
}

void connection::open_stream(const stream_head& head) {
  const auto listener = current_.lock();
  if (shut_) return cut();
  if (owner_.shared().draining || head.status < 200 || !may_have_body(head.status) || !are_sendable({}, head.headers)) {
    const bool ours = owner_.shared().draining;
    send_answer(owner_.shared().error_answer(
        ours ? 503 : 500, ours ? "The server is stopping." : "The answer was not fit to be sent.", asked_id_));
    if (listener) listener->client_gone();
    return;
  }
  chunked_ = reader_.http_1_1();
  if (!chunked_) keep_alive_ = false;
  unsent_chunks_ = 0;
  auto& out = owner_.scratch();
  out.clear();
  append_head(out, head.status, {}, head.headers, owner_.date(),
              {.length = {}, .chunked = chunked_, .close = !keep_alive_});
  phase_ = without_body_ ? phase::flushing : phase::streaming;
  std::size_t sent = 0;
  if (without_body_ && listener) listener->client_gone();
  after_send(output_.send_now(fd_, out, sent), sent);
}

void connection::write_chunk(std::string chunk) {
  if (chunk.empty()) return;
  unsent_chunks_ += chunk.size();
  const bool scheduled = !output_.empty();
  output_.push(chunked_ ? as_chunk(chunk) : std::move(chunk));
  if (!scheduled) owner_.flush_later(shared_from_this());
}

void connection::end_stream(stream_end how) {
  if (how == stream_end::abandoned) return cut();
  if (chunked_) output_.push(std::string("0\r\n\r\n"));
  phase_ = phase::flushing;
  if (closes_after_answer()) keep_alive_ = false;
  send_pending();
}

void connection::flush() {
  if (phase_ != phase::closed) send_pending();
}

void connection::send_pending() {
  if (phase_ != phase::streaming && phase_ != phase::flushing) return;
  std::size_t sent = 0;
  const auto result = output_.flush(fd_, sent);
  after_send(result, sent);
}

void connection::after_send(output_queue::result result, std::size_t sent) {
  if (result == output_queue::result::broken) return cut();
  if (unsent_chunks_ > 0) {
    const auto gone = result == output_queue::result::sent_all ? unsent_chunks_ : std::min(sent, unsent_chunks_);
    unsent_chunks_ -= gone;
    if (const auto e = current_.lock()) e->sent(gone);
  }
  const bool wait = result == output_queue::result::would_block;
  if (wait && (sent > 0 || !watching_writable_)) set_deadline(owner_.shared().options.write_timeout);
  if (wait != watching_writable_) {
    owner_.watch_writable(fd_, wait);
    watching_writable_ = wait;
  }
  if (wait) return;
  if (phase_ == phase::flushing) return answer_sent();
  deadline_ = never;
}

void connection::answer_sent() {
  settle();
  if (!keep_alive_) return linger();
  phase_ = phase::reading;
  set_deadline(owner_.shared().options.idle_timeout);
  pump();
}

void connection::linger() {
  phase_ = phase::lingering;
  rest_.clear();
  set_deadline(linger_timeout);
  ::shutdown(fd_, SHUT_WR);
  readable_ = true;  // something may lie there already
  if (!pumping_) drop_input();
}

// ---- its end ----

void connection::settle() {
  if (!counted_) return;
  counted_ = false;
  if (const auto e = current_.lock()) e->finished();
  current_.reset();
  owner_.shared().one_settled();
}

void connection::cut() {
  if (phase_ == phase::closed) return;
  phase_ = phase::closed;
  const auto waiting = current_.lock();
  owner_.remove(*this);
  if (waiting) waiting->client_gone();
  settle();
}

void connection::drain() {
  pump();  // a request that has already arrived is still served
  if (phase_ == phase::reading && rest_.empty() && !reader_.in_body()) return linger();
  if (phase_ == phase::streaming) {
    const auto e = current_.lock();
    end_stream(stream_end::orderly);
    if (e) e->client_gone();
  }
}

void connection::set_deadline(std::chrono::milliseconds from_now) {
  deadline_ = owner_.now() + from_now;
}

void connection::check_deadline() {
  if (phase_ == phase::closed || owner_.now() < deadline_) return;
  if (phase_ == phase::reading && stage_ != stage::idle) return reject(408, "The request took too long to arrive.");
  cut();
}

}  // namespace troupe::http
