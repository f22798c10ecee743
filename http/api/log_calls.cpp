#include <array>

#include "http/api/accept.hpp"
#include "http/api/answer.hpp"
#include "http/api/handlers.hpp"
#include "http/api/json_decode.hpp"
#include "http/api/listing.hpp"
#include "http/api/render.hpp"

namespace troupe::http::api {

namespace {

constexpr const char* plain_text = "text/plain; charset=utf-8";

void answer_lines(front_pointer self, const call_ptr& c, const std::vector<actors::log_line>& lines, media wanted) {
  if (wanted == media::text) {
    response out;
    out.content_type = plain_text;
    for (const auto& line : lines) out.body += plain_line(line);
    return send(*c, std::move(out));
  }
  auto list = nlohmann::json::array();
  for (const auto& line : lines) list.push_back(render(line));
  reply(self, c, {{"lines", std::move(list)}});
}

void follow(front_pointer self, const call_ptr& c, actors::read_logs what, media wanted) {
  auto& api = *self->state.api;
  const bool plain = wanted == media::text;
  const auto out = api.open_streams.open(c, plain ? plain_text : "text/event-stream");
  if (!out) return send_problem(*c, {429, "Too many streams are open already.", {}, 5});
  keep_time(self);
  auto sink = std::make_shared<actors::log_sink>();
  sink->line = [out, plain](const actors::log_line& line) {
    return out->write(plain ? plain_line(line) : sse_event("line", "", encode_json(render(line))));
  };
  sink->ended = [out] { out->end(); };
  self->send(api.parts.engine, actors::follow_logs{std::move(what), std::move(sink), c->who.user});
}

}  // namespace

void get_logs(front_pointer self, const call_ptr& c) {
  auto& parts = self->state.api->parts;
  auto asked = query_of(*c);
  const auto tail = asked.whole("tail", 1, 10'000, 100);
  const auto since = asked.since("since", parts.now());
  const auto* accept = c->asked.header("accept");
  const auto wanted = accept ? preferred_media(*accept) : media::json;
  const bool stream = asked.flag("follow") || wanted == media::events;
  constexpr std::array<std::string_view, 2> treatments{"strip", "keep"};
  const bool keep_escapes = asked.choice("ansi", treatments) == "keep";
  if (!asked.violations().empty()) return refuse_query(*c, asked.violations());
  with_deployment(self, c, [=](const actors::deployment_view_ptr& view) {
    const auto& api = *self->state.api;
    actors::read_logs what{view->row.environment, view->row.spec.service, view->row.id, tail, since, keep_escapes};
    if (stream) return follow(self, c, std::move(what), wanted);
    ask(self, c, api.parts.engine, api.parts.engine_timeout, std::move(what),
        [self, c, wanted](const std::vector<actors::log_line>& lines) { answer_lines(self, c, lines, wanted); });
  });
}

}  // namespace troupe::http::api
