#include <charconv>

#include "http/api/accept.hpp"
#include "http/api/answer.hpp"
#include "http/api/event_stream.hpp"
#include "http/api/handlers.hpp"
#include "http/api/json_decode.hpp"
#include "http/api/render.hpp"

namespace troupe::http::api {

namespace {

using transitions = std::vector<model::transition>;

std::int64_t milliseconds_since(const std::optional<model::timestamp>& before, model::timestamp at) {
  return before ? std::chrono::duration_cast<std::chrono::milliseconds>(at - *before).count() : 0;
}

bool is_over(const transitions& all) {
  return !all.empty() && model::is_final(all.back().status);
}

void answer_events(front_pointer self, const call_ptr& c, const transitions& all) {
  auto list = nlohmann::json::array();
  std::optional<model::timestamp> before;
  for (const auto& t : all) {
    list.push_back(render(t, milliseconds_since(before, t.at)));
    before = t.at;
  }
  reply(self, c, {{"events", std::move(list)}});
}

using follower = std::shared_ptr<event_stream>;

void write_events(const follower& f, const transitions& some) {
  for (const auto& t : some) {
    if (t.revision > f->last) {
      const auto data = encode_json(render(t, milliseconds_since(f->last_at, t.at)));
      if (!f->out->write(sse_event("transition", std::to_string(t.revision), data))) return;
      f->last = t.revision;
    }
    f->last_at = t.at;
  }
  if (is_over(some)) f->out->end();
}

void pump(front_pointer self, const follower& f) {
  if (f->out->ended()) return;
  if (f->asking) {
    f->again = true;
    return;
  }
  f->asking = true;
  const auto& parts = self->state.api->parts;
  const auto done = [self, f] {
    f->asking = false;
    if (std::exchange(f->again, false)) pump(self, f);
  };
  self->request(parts.database, parts.database_timeout, actors::list_transitions{f->deployment, f->last})
      .then(
          [f, done](const model::outcome<transitions>& more) {
            if (more)
              write_events(f, more.value());
            else
              f->out->end();  // the client comes back with Last-Event-ID
            done();
          },
          [f, done](const caf::error&) {
            f->out->end();
            done();
          });
}

void follow(front_pointer self, const call_ptr& c, const model::deployment_id& id, const transitions& all,
            std::uint64_t last) {
  auto& api = *self->state.api;
  if (is_over(all) && all.back().revision <= last) {
    response nothing_more;  // 204 tells an EventSource not to come back
    nothing_more.status = 204;
    return send(*c, std::move(nothing_more));
  }
  auto f = std::make_shared<event_stream>();
  f->deployment = id;
  f->last = last;
  f->out = api.open_streams.open(c, "text/event-stream");
  if (!f->out) return send_problem(*c, {429, "Too many streams are open already.", {}, 5});
  f->wake = [weak = std::weak_ptr(f), self, address = caf::actor_cast<front_actor>(self)] {
    caf::anon_send(address, actors::continuation{[weak, self] {
                     if (const auto still = weak.lock()) pump(self, still);
                   }});
  };
  write_events(f, all);
  if (f->out->ended()) return;
  {
    const std::lock_guard lock(api.followers_mutex);
    api.followers.emplace(id, f);
  }
  f->out->keep(f);
  keep_time(self);
  pump(self, f);  // what happened between the listing and the registration
}

}  // namespace

void get_events(front_pointer self, const call_ptr& c) {
  std::uint64_t last = 0;
  if (const auto* id = c->asked.header("last-event-id"); id && !id->empty()) {
    const auto [end, error] = std::from_chars(id->data(), id->data() + id->size(), last);
    if (error != std::errc{} || end != id->data() + id->size())
      return send_problem(*c, {400, "Last-Event-ID must be the id of an event of this stream.", {}, 0});
  }
  const auto* accept = c->asked.header("accept");
  const bool stream = accept && preferred_media(*accept) == media::events;
  with_deployment(self, c, [self, c, stream, last](const actors::deployment_view_ptr& view) {
    const auto& parts = self->state.api->parts;
    const auto id = view->row.id;
    ask(self, c, parts.database, parts.database_timeout, actors::list_transitions{id, 0},
        [self, c, stream, last, id](const transitions& all) {
          if (stream)
            follow(self, c, id, all, last);
          else
            answer_events(self, c, all);
        });
  });
}

}  // namespace troupe::http::api
