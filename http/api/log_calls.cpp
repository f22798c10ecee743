#include <array>

#include "http/api/accept.hpp"
#include "http/api/answer.hpp"
#include "http/api/ask.hpp"
#include "http/api/carry.hpp"
#include "http/api/handlers.hpp"
#include "http/api/json_decode.hpp"
#include "http/api/listing.hpp"
#include "http/api/render.hpp"

namespace troupe::http::api {

namespace {

constexpr const char* plain_text = "text/plain; charset=utf-8";

response as_text(const std::vector<actors::log_line>& lines) {
  response out;
  out.content_type = plain_text;
  for (const auto& line : lines) out.body += plain_line(line);
  return out;
}

// The sink that is opened once the caller may follow.
std::shared_ptr<actors::log_sink> open_sink(const call_ptr& c, bool plain) {
  const auto out = c->api->open_streams.open(c, plain ? plain_text : "text/event-stream");
  if (!out) return nullptr;
  keep_beating(c->api);
  auto sink = std::make_shared<actors::log_sink>();
  sink->line = [out, plain](const actors::log_line& line) {
    return out->write(plain ? plain_line(line) : sse_event("line", "", encode_json(render(line))));
  };
  sink->ended = [out] { out->end(); };
  return sink;
}

}  // namespace

void read(question& q, desk::read_logs& out) {
  out.deployment = model::parse_id<model::deployment_id>(q.id).value_or(model::deployment_id{});
  out.tail = q.values.whole("tail", 1, 10'000, 100);
  out.since = q.values.since("since", q.api->parts.now());
}

nlohmann::json lines_of(const std::vector<actors::log_line>& lines) {
  auto list = nlohmann::json::array();
  for (const auto& line : lines) list.push_back(render(line));
  return list;
}

response shown(const desk::read_logs&, const std::vector<actors::log_line>& lines) {
  return json_response({{"lines", lines_of(lines)}});
}

void get_logs(desk::clerk self, const call_ptr& c) {
  const auto q = question_of(c);
  desk::read_logs what;
  read(*q, what);
  const auto* accept = c->asked.header("accept");
  const auto wanted = accept ? preferred_media(*accept) : media::json;
  const bool plain = wanted == media::text;
  const bool stream = q->values.flag("follow") || wanted == media::events;
  constexpr std::array<std::string_view, 2> treatments{"strip", "keep"};
  what.keep_escapes = q->values.choice("ansi", treatments) == "keep";
  if (const auto fault = find_fault(*q)) return send_problem(*c, *fault);
  const auto refused = [c](const desk::refusal& why) { send_problem(*c, refusal_of(why)); };
  const auto& admission = c->api->parts.admission;
  if (stream)
    return admission->query<desk::follow_logs>(self, q->who, {what, [c, plain] { return open_sink(c, plain); }},
                                               [refused](const desk::outcome<model::done>& got) {
                                                 if (!got) refused(got.error());
                                               });
  admission->query<desk::read_logs>(
      self, q->who, what, [c, plain, what, refused](const desk::outcome<std::vector<actors::log_line>>& got) {
        if (!got) return refused(got.error());
        guarded(c, [&] { send(*c, plain ? as_text(got.value()) : shown(what, got.value())); });
      });
}

}  // namespace troupe::http::api
