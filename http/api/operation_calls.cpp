#include "actors/desk/operations.hpp"
#include "http/api/accept.hpp"
#include "http/api/answer.hpp"
#include "http/api/ask.hpp"
#include "http/api/carry.hpp"
#include "http/api/handlers.hpp"
#include "http/api/json_decode.hpp"
#include "http/api/render.hpp"
#include "http/api/render_operation.hpp"
#include "http/api/translations.hpp"

namespace troupe::http::api {

namespace {

using namespace std::chrono_literals;
constexpr auto between_looks = 20'000ms;  // of a stream at what does not change

std::string event_of(const question& q, const desk::operation_view& view) {
  return sse_event("operation", std::to_string(view.revision), encode_json(render(view, *q.api->parts.behind().board)));
}

// Tells how the operation is now, then each change, until it is over.
class operation_stream : public std::enable_shared_from_this<operation_stream> {
public:
  operation_stream(call_ptr c, question_ptr q, std::optional<std::uint64_t> seen)
      : call_(std::move(c)), question_(std::move(q)), seen_(seen) {}

  void begin(desk::clerk self) { look(self, seen_ ? between_looks : 0ms); }

private:
  void look(desk::clerk self, std::chrono::milliseconds wait) {
    desk::get_operation what;
    what.operation = model::parse_operation_name(question_->id);
    what.wait = wait;
    what.seen = seen_;
    call_->api->parts.admission->query<desk::get_operation>(
        self, question_->who, what, [me = shared_from_this()](const desk::outcome<desk::operation_view_ptr>& got) {
          got ? me->tell(*got.value()) : me->fail(got.error());
        });
  }

  void tell(const desk::operation_view& view) {
    const bool over = model::is_over(view.progress.status);
    if (!out_ && over && seen_ && view.revision <= *seen_) return send_no_more_events(*call_);
    if (!out_ && !open()) return;
    if (!seen_ || view.revision > *seen_) {
      if (!out_->write(event_of(*question_, view))) return;
      seen_ = view.revision;
    }
    if (over) return out_->end();
    if (out_->ended()) return;
    call_->api->parts.admission->post([me = shared_from_this()](desk::clerk next) { me->look(next, between_looks); });
  }

  bool open() {
    out_ = call_->api->open_streams.open(call_, "text/event-stream");
    if (out_)
      keep_beating(call_->api);
    else
      send_problem(*call_, refusal{429, "Too many streams are open already.", {}, 5});
    return out_ != nullptr;
  }

  // A client whose operation goes on comes back with Last-Event-ID.
  void fail(const desk::refusal& why) { out_ ? out_->end() : send_problem(*call_, refusal_of(why)); }

  const call_ptr call_;
  const question_ptr question_;
  std::optional<std::uint64_t> seen_;
  stream_ptr out_;
};

response one(const question& q, const desk::operation_view_ptr& view) {
  return json_response({{"operation", render(*view, *q.api->parts.behind().board)}});
}

}  // namespace

void read(question& q, desk::get_operation& out) {
  out.operation = model::parse_operation_name(q.id);
  out.wait = q.values.duration("wait", 60s).value_or(0ms);
  out.on_wait = q.on_wait;
}

response shown(const question& q, const desk::get_operation&, const desk::operation_view_ptr& view) {
  return one(q, view);
}

void get_operation(desk::clerk self, const call_ptr& c) {
  std::optional<std::uint64_t> last;
  if (!read_last_event(*c, last)) return;
  const auto q = question_of(c);
  const auto* accept = c->asked.header("accept");
  if (!accept || preferred_media(*accept) != media::events)
    return c->matched->ask(self, q, [c](response what) { send(*c, std::move(what)); });
  if (const auto fault = find_fault(*q)) return send_problem(*c, *fault);
  std::make_shared<operation_stream>(c, q, last)->begin(self);
}

void read(question& q, desk::cancel_operation& out) {
  out.operation = model::parse_operation_name(q.id);
}

response shown(const question& q, const desk::cancel_operation&, const desk::operation_view_ptr& view) {
  return one(q, view);
}

}  // namespace troupe::http::api
