#include "http/api/carry.hpp"

#include "config/body_limit.hpp"
#include "config/logging.hpp"
#include "http/api/accept.hpp"
#include "http/api/answer.hpp"
#include "http/api/json_decode.hpp"
#include "http/api/key_header.hpp"
#include "http/api/listing.hpp"
#include "http/api/routes.hpp"

namespace troupe::http::api {

namespace {

using namespace std::chrono_literals;
constexpr json_limits with_a_file{.string_bytes = config::max_body_bytes};
constexpr auto between_beats = 15'000ms;

std::variant<nlohmann::json, std::vector<model::violation>> decode_form(const nlohmann::json& schema,
                                                                        std::string_view text) {
  std::vector<std::string> names;
  for (const auto& property : schema.at("properties").items()) names.push_back(property.key());
  const std::vector<std::string_view> known(names.begin(), names.end());
  const query fields(text, known);
  if (!fields.violations().empty()) return fields.violations();
  auto out = nlohmann::json::object();
  for (const auto& name : names)
    if (auto value = fields.text(name)) out[name] = std::move(*value);
  return out;
}

// Reads and checks the body; where it cannot stand, answers and gives false.
bool takes_body(call& c) {
  const auto& r = *c.matched;
  std::optional<nlohmann::json> sent;
  if (!c.asked.body.empty()) {
    const auto* type = c.asked.header("content-type");
    const bool form = type && r.form && is_form_type(*type);
    const bool yaml = type && r.yaml && is_yaml_type(*type);
    if (!form && !yaml && !says_json(c)) return false;
    auto decoded = form   ? decode_form(c.api->schemas.schema(r.body), c.asked.body)
                   : yaml ? nlohmann::json{{"compose", c.asked.body}}
                          : decode_json(c.asked.body, r.yaml ? with_a_file : json_limits{});
    if (auto* violations = std::get_if<1>(&decoded)) {
      send_problem(c, {400, "The body cannot be read.", std::move(*violations), 0});
      return false;
    }
    sent = std::move(std::get<0>(decoded));
  }
  const auto fault = check_body(*c.api, r, std::move(sent), c.body);
  if (fault) send_problem(c, *fault);
  return !fault;
}

void carry_on(desk::clerk self, const call_ptr& c) {
  const auto& r = *c->matched;
  if (r.who == access::telegram) return r.handle(self, c);
  if (!has_scope(*c)) return;
  if (r.relay) return hand_on(c);
  if (r.parameters.empty() && r.who != access::open)
    if (const query none(c->asked.query, {}); !none.violations().empty()) return refuse_query(*c, none.violations());
  if (!takes_body(*c)) return;
  if (r.handle) return r.handle(self, c);
  r.ask(self, question_of(c), [c](response what) { send(*c, std::move(what)); });
}

void authenticate(desk::clerk self, const call_ptr& c) {
  const auto& behind = c->api->parts.behind();
  const auto presented = presented_key_of(c->asked);
  if (!presented) return send_problem(*c, unauthorised());
  self->request(behind.identity, behind.identity_timeout,
                actors::authenticate{std::string(*presented), address_of(c->asked)})
      .then(
          [self, c](const model::outcome<model::caller>& who) {
            guarded(c, [&] {
              if (!who) {
                const bool bad = who.error().kind == model::consequence::rejected ||
                                 who.error().kind == model::consequence::not_found;
                return send_problem(*c, bad ? unauthorised() : refusal_of(who.error()));
              }
              c->who = who.value();
              carry_on(self, c);
            });
          },
          [c](const caf::error&) {
            send_problem(*c, {503, "Keys cannot be checked now; try again.", {}, 1});
          });
}

}  // namespace

void carry(desk::clerk self, const call_ptr& c) {
  guarded(c, [&] {
    // A verified key gave its scopes already; they are looked at once more with the rest.
    if (c->matched->who == access::open || c->matched->who == access::telegram || !c->who.key_id.empty())
      carry_on(self, c);
    else
      authenticate(self, c);
  });
}

void hand_on(const call_ptr& c) {
  if (const query none(c->asked.query, {}); !none.violations().empty()) return refuse_query(*c, none.violations());
  guarded(c, [&] { c->matched->relay(c); });
}

bool has_scope(call& c) {
  if (!c.matched->on) return true;
  auto fault = desk::admission::find_scope_fault(*c.matched->on, c.who);
  if (fault) send_problem(c, refusal_of(std::move(*fault)));
  return !fault;
}

bool says_json(call& c) {
  const auto* type = c.asked.header("content-type");
  const bool patches = c.matched->patches;
  if (type && (is_json_type(*type) || (patches && is_merge_patch_type(*type)))) return true;
  std::string needed = "The body must be JSON, sent as Content-Type: application/json";
  if (patches) needed += " or application/merge-patch+json";
  if (c.matched->yaml) needed += ", or the Compose file itself, as application/yaml";
  send_problem(c, {415, needed + '.', {}, 0});
  return false;
}

void guarded(const call_ptr& c, const std::function<void()>& work) {
  try {
    work();
  } catch (const std::exception& error) {
    log::error("request failed", {{"requestId", c->request_id}, {"error", error.what()}});
    send_problem(*c, our_fault());
  }
}

void reply(call& c, const nlohmann::json& body) {
  send_json(c, c.matched->status, encode_json(body));
}

desk::caller caller_of(const call& c) {
  const auto by = c.matched->relay ? desk::face::mcp : desk::face::rest;
  return {c.who, by, address_of(c.asked), c.request_id};
}

question_ptr question_of(const call_ptr& c) {
  const auto& r = *c->matched;
  auto q = std::make_shared<question>();
  q->api = c->api;
  q->of = &r;
  q->who = caller_of(*c);
  q->id = c->parameters[0];
  q->second = c->parameters[1];
  q->values = query_of(*c);
  if (const auto* key = c->asked.header("idempotency-key"); key && r.writes())
    q->under = claim_of(*key, r, q->second.empty() ? q->id : q->id + '/' + q->second, c->body);
  if (const auto* condition = c->asked.header("if-match")) q->if_match = *condition;
  q->body = std::move(c->body);
  q->on_wait = [c](std::function<void()> leave) { c->way->on_gone(std::move(leave)); };
  return q;
}

void keep_beating(const api_ptr& api) {
  if (api->open_streams.empty() || api->beating.exchange(true)) return;
  api->parts.admission->post_later(between_beats, [api](desk::clerk) {
    api->beating = false;
    api->open_streams.beat();
    keep_beating(api);
  });
}

bool read_last_event(call& c, std::optional<std::uint64_t>& after) {
  const auto* id = c.asked.header("last-event-id");
  if (!id || id->empty()) return true;
  after = whole_number(*id);
  if (!after) send_problem(c, {400, "Last-Event-ID must be the id of an event of this stream.", {}, 0});
  return after.has_value();
}

void send_no_more_events(call& c) {
  response nothing;
  nothing.status = 204;
  send(c, std::move(nothing));
}

}  // namespace troupe::http::api
