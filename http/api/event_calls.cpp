#include <map>

#include "actors/desk/timeline.hpp"
#include "http/api/accept.hpp"
#include "http/api/answer.hpp"
#include "http/api/carry.hpp"
#include "http/api/handlers.hpp"
#include "http/api/json_decode.hpp"
#include "http/api/listing.hpp"
#include "http/api/render.hpp"
#include "http/api/routes.hpp"
#include "http/api/translations.hpp"

namespace troupe::http::api {

namespace {

// The sink that is opened once the caller may follow.
desk::timeline_sink_ptr open_sink(const call_ptr& c) {
  const auto out = c->api->open_streams.open(c, "text/event-stream");
  if (!out) return nullptr;
  keep_beating(c->api);
  auto sink = std::make_shared<desk::timeline_sink>();
  sink->event = [out](const model::transition& t, std::int64_t since) {
    return out->write(sse_event("transition", std::to_string(t.revision), encode_json(render(t, since))));
  };
  sink->ended = [out] { out->end(); };  // a client whose timeline goes on comes back with Last-Event-ID
  sink->keep = [out](std::shared_ptr<void> what) { out->keep(std::move(what)); };
  return sink;
}

}  // namespace

nlohmann::json timeline_of(const std::vector<model::transition>& all) {
  auto list = nlohmann::json::array();
  std::optional<model::timestamp> before;
  for (const auto& t : all) {
    list.push_back(render(t, desk::milliseconds_since(before, t.at)));
    before = t.at;
  }
  return list;
}

nlohmann::json timelines_of(const std::vector<model::transition>& all) {
  auto list = nlohmann::json::array();
  std::map<model::deployment_id, model::timestamp> before;
  for (const auto& t : all) {
    const auto last = before.find(t.deployment);
    auto& line = list.emplace_back(
        render(t, desk::milliseconds_since(last == before.end() ? std::nullopt : std::optional(last->second), t.at)));
    line["deploymentId"] = t.deployment.text;
    before[t.deployment] = t.at;
  }
  return list;
}

void read(question& q, desk::list_transitions& out) {
  out.deployment = model::parse_id<model::deployment_id>(q.id).value_or(model::deployment_id{});
}

response shown(const desk::list_transitions&, const std::vector<model::transition>& all) {
  return json_response({{"events", timeline_of(all)}});
}

void get_events(desk::clerk self, const call_ptr& c) {
  std::optional<std::uint64_t> last;
  if (!read_last_event(*c, last)) return;
  const auto q = question_of(c);
  const auto* accept = c->asked.header("accept");
  if (!accept || preferred_media(*accept) != media::events)
    return c->matched->ask(self, q, [c](response what) { send(*c, std::move(what)); });
  desk::list_transitions what;
  read(*q, what);
  c->api->parts.admission->query<desk::follow_timeline>(
      self, q->who, {what.deployment, last.value_or(0), [c] { return open_sink(c); }},
      [c](const desk::outcome<bool>& following) {
        if (!following) return send_problem(*c, refusal_of(following.error()));
        if (!following.value()) send_no_more_events(*c);
      });
}

}  // namespace troupe::http::api
