#include "http/api/front.hpp"

#include <random>

#include "actors/model/ids.hpp"
#include "http/api/answer.hpp"
#include "http/api/carry.hpp"
#include "http/api/cors.hpp"
#include "http/api/docs_page.hpp"
#include "http/api/key_header.hpp"
#include "http/api/listing.hpp"
#include "http/api/openapi.hpp"
#include "http/api/origin.hpp"
#include "http/api/place.hpp"
#include "http/api/routes.hpp"

namespace troupe::http::api {

api_state::api_state(front_parts with)
    : parts(std::move(with)),
      host(parts.settings.published_host.empty() ? host_of(parts.settings.public_base_url)
                                                 : parts.settings.published_host),
      schemas(parts.settings),
      openapi(standing_document::of(openapi_text(schemas, parts.settings))),
      docs(standing_document::of(docs_page(schemas))),
      tools(mcp::make_catalogue(schemas)),
      docs_policy(docs_content_policy()),
      open_streams(parts.keys, parts.streams, parts.streams_per_user) {}

namespace {

bool is_compressed(const request& asked) {
  const auto* encoding = asked.header("content-encoding");
  return encoding && *encoding != "identity" && !asked.body.empty();
}

constexpr std::size_t relayed_at_once = 4096;  // bytes of body: more is not read on the wall's thread

}  // namespace

front::front(front_parts parts) : api_(std::make_shared<api_state>(std::move(parts))) {}

front::~front() {
  close();
}

void front::close() {
  if (closed_.exchange(true)) return;
  api_->parts.admission->answer_waiting();
  api_->open_streams.end_all();
}

// Ids for what the wall refuses before a request is known: they need to be apart, not secret.
static std::uint64_t wall_ids() {
  thread_local std::mt19937_64 bits{std::random_device{}()};
  return bits();
}

response front::error_answer(int status, std::string_view detail, std::string_view request_id) {
  refusal why{status, std::string(detail), {}, status == 503 || status == 429 ? 1 : 0};
  const auto id =
      is_sane_request_id(request_id) ? std::string(request_id) : model::id_text("req", wall_ids(), wall_ids());
  auto out = problem_response(why, id);
  out.headers.emplace_back("X-Request-Id", id);
  out.headers.emplace_back("Cache-Control", "no-store");
  return out;
}

static call_ptr new_call(const api_ptr& api, request&& asked, std::shared_ptr<exchange>&& way) {
  auto c = std::make_shared<call>();
  c->asked = std::move(asked);
  c->way = std::move(way);
  c->arrived = std::chrono::steady_clock::now();
  c->request_id = request_id_of(c->asked, api->parts.behind().random);
  c->api = api;
  return c;
}

void front::handle(request&& asked, std::shared_ptr<exchange> way) {
  if (closed_)
    return send_problem(*new_call(api_, std::move(asked), std::move(way)),
                        {503, "The platform is restarting; try again.", {}, 1});
  let_in(new_call(api_, std::move(asked), std::move(way)));
}

void front::let_in(call_ptr c) {
  auto& api = *c->api;
  c->asked.path = same_path(std::move(c->asked.path));
  add_cors(api.parts.settings, *c);
  auto found = match_route(c->asked.method, c->asked.path);
  if (!found.found) {
    if (c->asked.path.find("//") != std::string::npos)
      return send_problem(*c, {404, "The path has an empty part, //: an id may be missing there.", {}, 0});
    if (found.allow.empty()) return send_problem(*c, {404, "There is no such path; GET /docs lists all.", {}, 0});
    c->extra.emplace_back("Allow", found.allow);
    if (c->asked.method == "OPTIONS") {
      if (is_preflight(*c)) add_preflight(api.parts.settings, *c, found.allow);
      response out;
      out.status = 204;
      return send(*c, std::move(out));
    }
    return send_problem(*c, {405, "This path allows " + found.allow + ".", {}, 0});
  }
  const auto& r = *(c->matched = found.found);
  c->parameters = found.parameters;
  if (is_compressed(c->asked)) {
    c->extra.emplace_back("Accept-Encoding", "identity");
    return send_problem(*c, {415, "The body must be sent as it is: Content-Encoding is not read here.", {}, 0});
  }
  if (r.relay && !is_origin_allowed(c->asked, api.parts.settings))
    return send_problem(*c, {403, "Pages of this Origin may not call.", {}, 0});

  bool known = r.who == access::open || r.who == access::telegram;
  if (!known) {
    const auto presented = presented_key_of(c->asked);
    if (!presented) return send_problem(*c, unauthorised());
    if (auto who = api.parts.keys->find(*presented)) {
      c->who = std::move(*who);
      known = true;
      if (!has_scope(*c)) return;
    }
  }
  if (known && r.relay && c->asked.body.size() <= relayed_at_once) return hand_on(c);
  if (known && c->asked.body.empty()) {
    if (r.quick && r.quick(api, *c)) return;
    if (r.now && c->asked.query.empty())
      if (auto text = r.now(*c, r, c->parameters[0])) return send_json(*c, std::move(text));
  }
  api.parts.admission->post([c = std::move(c)](desk::clerk self) { carry(self, c); });
}

}  // namespace troupe::http::api
