#include "http/api/front.hpp"

#include <random>

#include "actors/model/ids.hpp"
#include "config/logging.hpp"
#include "http/api/answer.hpp"
#include "http/api/desk.hpp"
#include "http/api/docs_page.hpp"
#include "http/api/event_stream.hpp"
#include "http/api/key_header.hpp"
#include "http/api/listing.hpp"
#include "http/api/openapi.hpp"
#include "http/api/origin.hpp"
#include "http/api/render.hpp"
#include "http/api/routes.hpp"

namespace troupe::http::api {

api_state::api_state(front_parts with)
    : parts(std::move(with)),
      schemas(parts.settings),
      openapi(std::make_shared<const std::string>(openapi_text(schemas, parts.settings))),
      docs(std::make_shared<const std::string>(docs_page(schemas))),
      tools(mcp::make_catalogue(schemas)),
      docs_policy(docs_content_policy()),
      deployments(parts.settings.deployments_per_minute, std::chrono::minutes(1)),
      waiting(parts.waiting, parts.waiting_per_user),
      open_streams(parts.keys, parts.streams, parts.streams_per_user) {}

namespace {

constexpr std::size_t relayed_at_once = 4096;  // bytes of body: more is not read on the wall's thread

void tell_waiting(api_state& api, const actors::deployment_view_ptr& view) {
  if (model::is_settled(view->row.status) && !api.waiting.empty())
    for (const auto& c : api.waiting.leave_all(view->row.id)) send_json(*c, answer_of(*view));
}

void wake_followers(api_state& api, const model::deployment_id& id) {
  std::vector<std::shared_ptr<event_stream>> woken;
  {
    const std::lock_guard lock(api.followers_mutex);
    auto [begin, end] = api.followers.equal_range(id);
    for (auto i = begin; i != end;) {
      auto one = i->second.lock();
      if (!one || one->out->ended()) {
        i = api.followers.erase(i);
        continue;
      }
      woken.push_back(std::move(one));
      ++i;
    }
  }
  for (const auto& one : woken) one->wake();
}

}  // namespace

front::front(caf::actor_system& system, front_parts parts) : api_(std::make_shared<api_state>(std::move(parts))) {
  for (std::size_t i = 0; i < api_->parts.actors; ++i) actors_.push_back(system.spawn(front_behavior, api_));
  api_->parts.board->on_change([weak = std::weak_ptr(api_)](const actors::deployment_view_ptr& view) {
    const auto api = weak.lock();
    if (!api) return;
    tell_waiting(*api, view);
    wake_followers(*api, view->row.id);
  });
}

front::~front() {
  close();
}

void front::close() {
  if (closed_.exchange(true)) return;
  api_->open_streams.end_all();
  for (auto& [id, c] : api_->waiting.take_due(wait_room::moment::max())) {
    if (const auto view = api_->parts.board->find(id))
      send_json(*c, answer_of(*view));
    else
      send_problem(*c, {503, "The platform is restarting; try again.", {}, 1});
  }
  for (const auto& actor : actors_) caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
}

// Ids for what the wall refuses before a request is known: they need to be apart, not secret.
static std::uint64_t wall_ids() {
  thread_local std::mt19937_64 bits{std::random_device{}()};
  return bits();
}

response front::error_answer(int status, std::string_view detail) {
  refusal why{status, std::string(detail), {}, status == 503 || status == 429 ? 1 : 0};
  const auto id = model::id_text("req", wall_ids(), wall_ids());
  auto out = problem_response(why, id);
  out.headers.emplace_back("X-Request-Id", id);
  out.headers.emplace_back("Cache-Control", "no-store");
  return out;
}

static call_ptr new_call(const api_state& api, request&& asked, std::shared_ptr<exchange>&& way) {
  auto c = std::make_shared<call>();
  c->asked = std::move(asked);
  c->way = std::move(way);
  c->arrived = std::chrono::steady_clock::now();
  c->observer = &api.parts.observe;
  c->request_id = request_id_of(c->asked, api.parts.random);
  return c;
}

void front::handle(request&& asked, std::shared_ptr<exchange> way) {
  if (closed_)
    return send_problem(*new_call(*api_, std::move(asked), std::move(way)),
                        {503, "The platform is restarting; try again.", {}, 1});
  let_in({api_, actors_[next_++ % actors_.size()]}, std::move(asked), std::move(way));
}

void let_in(const desk& at, request&& asked, std::shared_ptr<exchange> way) {
  auto& api = *at.api;
  auto c = new_call(api, std::move(asked), std::move(way));
  auto found = match_route(c->asked.method, c->asked.path);
  if (!found.found) {
    if (found.allow.empty()) return send_problem(*c, {404, "There is no such path; GET /docs lists all.", {}, 0});
    c->extra.emplace_back("Allow", found.allow);
    if (c->asked.method == "OPTIONS") {
      response out;
      out.status = 204;
      return send(*c, std::move(out));
    }
    return send_problem(*c, {405, "This path allows " + found.allow + ".", {}, 0});
  }
  const auto& r = *(c->matched = found.found);
  c->parameters = found.parameters;
  if (r.relay && !is_origin_allowed(c->asked, api.parts.settings.public_base_url))
    return send_problem(*c, {403, "Pages of this Origin may not call.", {}, 0});

  bool known = r.who == access::open || r.who == access::telegram;
  if (!known) {
    const auto presented = presented_key_of(c->asked);
    if (!presented) return send_problem(*c, unauthorised());
    if (auto who = api.parts.keys->find(*presented)) {
      c->who = std::move(*who);
      known = true;
      if (r.who == access::scope && !c->who.scopes.has(r.scope))
        return send_problem(*c,
                            {403, "This key lacks the scope " + std::string(model::scope_texts[r.scope]) + ".", {}, 0});
    }
  }
  if (known && r.relay && c->asked.body.size() <= relayed_at_once) return hand_on(at, c);
  if (known && r.quick && c->who.environments.empty() && c->asked.body.empty() && r.quick(api, *c)) return;
  caf::anon_send(at.actor, std::move(c));
}

void hand_on(const desk& at, const call_ptr& c) {
  if (const query none(c->asked.query, {}); !none.violations().empty()) return refuse_query(*c, none.violations());
  try {
    c->matched->relay(at, c);
  } catch (const std::exception& error) {
    log::error("request failed", {{"requestId", c->request_id}, {"error", error.what()}});
    send_problem(*c, {500, "Something went wrong here. Give the operator the request's id.", {}, 0});
  }
}

}  // namespace troupe::http::api
