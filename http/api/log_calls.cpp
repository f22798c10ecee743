#include <algorithm>
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
constexpr std::size_t longest_search = 256;

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
    return out->write(
        plain ? plain_line(line)
              : sse_event("line", line.number == 0 ? "" : std::to_string(line.number), encode_json(render(line))));
  };
  sink->ended = [out] { out->end(); };
  return sink;
}

}  // namespace

void read(question& q, desk::read_logs& out) {
  out.deployment = model::parse_id<model::deployment_id>(q.id).value_or(model::deployment_id{});
  out.tail = q.values.whole("tail", 1, 10'000, 100);
  out.since = q.values.since("since", q.api->parts.now());
  out.until = q.values.since("until", q.api->parts.now());
  if (out.since && out.until && *out.until < *out.since) q.values.refuse("until", "must not be before since");
  out.contains = q.values.text("contains").value_or("");
  if (out.contains.size() > longest_search)
    q.values.refuse("contains", "must have at most " + std::to_string(longest_search) + " bytes");
  if (const auto of = q.values.text("deployment"); of && *of == "all")
    out.of = desk::read_logs::every_release{};
  else if (const auto id = of ? model::parse_id<model::deployment_id>(*of) : std::nullopt)
    out.of = *id;
  else if (of && !of->empty())
    q.values.refuse("deployment", "must be a deployment's id, or all");
  if (const auto position = q.values.cursor("cursor", 'l')) {
    out.before = whole_number(*position);
    if (!out.before) refuse_cursor(q.values);
  }
}

nlohmann::json lines_of(const std::vector<actors::log_line>& lines) {
  auto list = nlohmann::json::array();
  for (const auto& line : lines) list.push_back(render(line));
  return list;
}

nlohmann::json logs_of(const desk::page<actors::log_line>& found) {
  // By time; the page before begins at the line that was kept first.
  const auto first = std::min_element(found.items.begin(), found.items.end(),
                                      [](const auto& a, const auto& b) { return a.number < b.number; });
  const bool more = found.more && first != found.items.end();
  return {{"lines", lines_of(found.items)},
          {"nextCursor", more ? nlohmann::json(make_cursor('l', std::to_string(first->number))) : nlohmann::json()}};
}

response shown(const desk::read_logs&, const desk::page<actors::log_line>& found) {
  return json_response(logs_of(found));
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
  if (stream && what.until && *what.until <= c->api->parts.now())
    q->values.refuse("until",
                     "is over, and nothing would be followed: leave follow out to read what was written until then");
  if (stream && !read_last_event(*c, what.after)) return;
  if (const auto fault = find_fault(*q)) return send_problem(*c, *fault);
  const auto refused = [c](const desk::refusal& why) { send_problem(*c, refusal_of(why)); };
  const auto& admission = c->api->parts.admission;
  if (stream)
    return admission->query<desk::follow_logs>(self, q->who, {what, [c, plain] { return open_sink(c, plain); }},
                                               [c, refused](const desk::outcome<bool>& got) {
                                                 if (!got) return refused(got.error());
                                                 if (!got.value()) send_no_more_events(*c);
                                               });
  admission->query<desk::read_logs>(
      self, q->who, what, [c, plain, what, refused](const desk::outcome<desk::page<actors::log_line>>& got) {
        if (!got) return refused(got.error());
        guarded(c, [&] { send(*c, plain ? as_text(got.value().items) : shown(what, got.value())); });
      });
}

}  // namespace troupe::http::api
