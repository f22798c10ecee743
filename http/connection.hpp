#pragma once
// One client's connection: requests read one at a time, each answered before the next is looked at.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <variant>

#include "http/message.hpp"
#include "http/output_queue.hpp"
#include "http/request_reader.hpp"

namespace Pistache::Tcp {
class Peer;
}

namespace troupe::http {

class live_exchange;
class transport;

struct stream_head {
  int status;
  header_list headers;
};
enum class stream_end { orderly, abandoned };
/// What an exchange can send.
using outgoing = std::variant<response, stream_head, std::string, stream_end>;

/// Lives on its transport's thread. The same object from accept to close: who holds it holds that very client.
class connection : public std::enable_shared_from_this<connection> {
public:
  connection(transport& owner, std::shared_ptr<Pistache::Tcp::Peer> peer);

  struct readiness {
    bool readable;
    bool writable;
    bool shut;     // the client has shut its sending side
    bool hung_up;  // both sides are down
  };
  void on_event(readiness what);
  void deliver(std::uint64_t serial, outgoing what);
  void flush();  // what deliver() of a stream's chunk left
  void check_deadline();
  void refuse();  // one client too many
  void drain();   // no further request
  void cut();     // at once, without a word

  const std::shared_ptr<Pistache::Tcp::Peer>& peer() const { return peer_; }
  bool is_closed() const { return phase_ == phase::closed; }
  /// The handler may answer on the spot: nothing else of this thread lies between.
  bool is_dispatching(std::uint64_t serial) const { return dispatching_ && serial == serial_; }

private:
  // reading -> working -> (streaming ->) flushing -> reading or lingering; closed from anywhere
  enum class phase {
    reading,
    working,    // the handler has the request
    streaming,  // it has opened a stream
    flushing,   // the answer is complete, not all of it is sent
    lingering,  // our side is shut; the client's rest is dropped, so that no reset overtakes the answer
    closed
  };

  enum class stage { idle, head, body };

  void pump();
  bool receive();
  void drop_input();
  std::size_t digest(std::string_view bytes);
  void digest_rest();
  void enter(stage next);
  void dispatch();
  void reject(int status, std::string_view detail);
  void send_answer(response what);
  void open_stream(const stream_head& head);
  void write_chunk(std::string chunk);
  void end_stream(stream_end how);
  void send_pending();
  void after_send(output_queue::result result, std::size_t sent);
  void answer_sent();
  void linger();
  void settle();
  bool closes_after_answer() const;
  void set_deadline(std::chrono::milliseconds from_now);

  transport& owner_;
  std::shared_ptr<Pistache::Tcp::Peer> peer_;
  const int fd_;
  const std::string address_;

  request_reader reader_;
  std::string rest_;  // received, not yet consumed: the begin of a head, a chunk's head, or pipelined requests
  output_queue output_;

  std::weak_ptr<live_exchange> current_;
  std::uint64_t serial_ = 0;

  phase phase_ = phase::reading;
  stage stage_ = stage::idle;
  bool readable_ = false;
  bool shut_ = false;
  bool dispatching_ = false;
  bool counted_ = false;  // in wall::in_flight
  bool pumping_ = false;
  bool watching_writable_ = false;
  std::string asked_id_;  // X-Request-Id of the request that is being answered, as sent
  bool keep_alive_ = true;
  bool without_body_ = false;
  bool chunked_ = false;
  std::size_t unsent_chunks_ = 0;  // bytes the exchange still counts
  std::size_t dropped_ = 0;
  std::chrono::steady_clock::time_point deadline_;
};

}  // namespace troupe::http
