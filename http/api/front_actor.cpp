#include "http/api/front_actor.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include <openssl/evp.h>

#include "actors/model/volume_use.hpp"
#include "config/logging.hpp"
#include "http/api/accept.hpp"
#include "http/api/answer.hpp"
#include "http/api/desk.hpp"
#include "http/api/json_decode.hpp"
#include "http/api/key_header.hpp"
#include "http/api/query.hpp"
#include "http/api/release_rules.hpp"
#include "http/api/render.hpp"
#include "http/api/routes.hpp"

namespace troupe::http::api {

namespace {

using namespace std::chrono_literals;
constexpr auto tick = 250ms;
constexpr int ticks_per_beat = 60;

std::string sha256_hex(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &length, EVP_sha256(), nullptr) != 1)
    throw std::runtime_error("SHA-256 failed");
  std::string out;
  for (unsigned i = 0; i < length; ++i) {
    out += "0123456789abcdef"[digest[i] >> 4U];
    out += "0123456789abcdef"[digest[i] & 15U];
  }
  return out;
}

// ---- idempotency
// -------------------------------------------------------------------------------------------------------

void release_claim(api_state& api, call& c) {
  const std::lock_guard lock(api.in_flight_mutex);
  api.in_flight.erase({c.who.user.text, c.claimed});
  c.claimed.clear();
}

// What trying again may change is not kept: the next try does the work with the ids planned at first.
bool is_kept(int status) {
  return status < 500 && status != 429;
}

void finish(front_pointer self, const call_ptr& c, response what) {
  auto& api = *self->state.api;
  if (c->claimed.empty()) return send(*c, std::move(what));
  if (!is_kept(what.status)) {
    release_claim(api, *c);
    return send(*c, std::move(what));
  }
  actors::store_idempotent_answer keep{c->who.user, c->claimed, what.status, what.body};
  const auto answered = [self, c, what = std::make_shared<response>(std::move(what))] {
    release_claim(*self->state.api, *c);
    send(*c, std::move(*what));
  };
  self->request(api.parts.database, api.parts.database_timeout, std::move(keep))
      .then(
          [answered, c](const model::outcome<model::done>& kept) {
            if (!kept) log::warn("idempotent answer not kept", {{"requestId", c->request_id}});
            answered();
          },
          [answered, c](const caf::error&) {
            log::warn("idempotent answer not kept", {{"requestId", c->request_id}});
            answered();
          });
}

std::string plan_ids(const api_state& api, planning plans) {
  const auto& random = api.parts.random;
  switch (plans) {
    case planning::none: return {};
    case planning::environment: return model::new_id<model::environment_id>(random).text;
    case planning::deployment:
      return model::new_id<model::deployment_id>(random).text + ' ' + model::new_id<model::job_id>(random).text;
  }
  return {};
}

void replay(const call_ptr& c, const actors::idempotency_claim& claim) {
  response out;
  out.status = claim.status;
  out.content_type = claim.status >= 400 ? "application/problem+json" : "application/json";
  out.body = claim.body;
  out.headers.emplace_back("Idempotency-Replayed", "true");
  send(*c, std::move(out));
}

void give_quota_back(api_state& api, call& c) {
  if (!c.matched->limited) return;
  const std::lock_guard lock(api.quota_mutex);
  api.deployments.give_back(c.who.user.text, c.quota_taken);
}

void handle_claimed(front_pointer self, const call_ptr& c, const std::string& fingerprint,
                    const actors::idempotency_claim& claim) {
  auto& api = *self->state.api;
  if (claim.fingerprint != fingerprint || claim.status != 0) {
    give_quota_back(api, *c);
    release_claim(api, *c);
    if (claim.fingerprint != fingerprint)
      return send_problem(*c, {422, "This Idempotency-Key was used with another request.", {}, 0});
    return replay(c, claim);
  }
  c->planned = claim.planned;
  c->matched->handle(self, c);
}

void claim_and_handle(front_pointer self, const call_ptr& c, const std::string& key) {
  auto& api = *self->state.api;
  {
    const std::lock_guard lock(api.in_flight_mutex);
    if (!api.in_flight.emplace(c->who.user.text, key).second) {
      give_quota_back(api, *c);
      return send_problem(*c, {409, "A request with this Idempotency-Key is under way.", {}, 1});
    }
  }
  c->claimed = key;
  const auto fingerprint = sha256_hex(c->asked.method + '\n' + c->asked.path + '\n' + encode_json(c->body));
  ask(self, c, api.parts.database, api.parts.database_timeout,
      actors::claim_idempotency{c->who.user, key, fingerprint, c->planned},
      [self, c, fingerprint](const actors::idempotency_claim& claim) { handle_claimed(self, c, fingerprint, claim); });
}

// ---- the steps before a handler: key, scope, query, body, quota, claim
// ---------------------------------------------------

bool takes_quota(api_state& api, const call_ptr& c, model::quota::moment now) {
  if (!c->matched->limited) return true;
  model::quota::decision d;
  {
    const std::lock_guard lock(api.quota_mutex);
    d = api.deployments.take(c->who.user.text, now);
  }
  c->quota_taken = now;
  const auto seconds = std::max<std::int64_t>(1, std::chrono::ceil<std::chrono::seconds>(d.reset).count());
  c->extra.emplace_back("RateLimit-Limit", std::to_string(d.limit));
  c->extra.emplace_back("RateLimit-Remaining", std::to_string(d.remaining));
  c->extra.emplace_back("RateLimit-Reset", std::to_string(seconds));
  if (d.allowed) return true;
  send_problem(*c,
               {429, "At most " + std::to_string(d.limit) + " deployments a minute.", {}, static_cast<int>(seconds)});
  return false;
}

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
bool takes_body(const api_state& api, const call_ptr& c) {
  const auto& r = *c->matched;
  if (c->asked.body.empty()) {
    c->body = nlohmann::json::object();
    if (r.body.empty() || r.body_optional) return true;
    send_problem(*c, {400, "A JSON body is needed.", {{"", "is missing"}}, 0});
    return false;
  }
  const auto* type = c->asked.header("content-type");
  const bool form = type && r.form && is_form_type(*type);
  if (!form && !says_json(*c)) return false;
  auto decoded = form ? decode_form(api.schemas.schema(r.body), c->asked.body) : decode_json(c->asked.body);
  if (auto* violations = std::get_if<1>(&decoded)) {
    send_problem(*c, {400, "The body cannot be read.", std::move(*violations), 0});
    return false;
  }
  c->body = std::move(std::get<0>(decoded));
  if (r.body.empty()) {
    if (c->body.is_object() && c->body.empty()) return true;
    send_problem(*c, {400, "This call takes no body.", {{"", "must be left out"}}, 0});
    return false;
  }
  auto violations = api.schemas.check(r.body, c->body);
  if (r.body == "create_deployment")
    for (auto& v : check_release(c->body, api.parts.settings, api.parts.ingress_fault)) {
      const bool told = std::any_of(violations.begin(), violations.end(),
                                    [&](const auto& other) { return other.pointer == v.pointer; });
      if (!told) violations.push_back(std::move(v));
    }
  if (!violations.empty()) {
    send_problem(*c, {400, "The body breaks the rules listed in errors.", std::move(violations), 0});
    return false;
  }
  api.schemas.fill_defaults(r.body, c->body);
  return true;
}

void handle_allowed(front_pointer self, const call_ptr& c) {
  auto& api = *self->state.api;
  const auto& r = *c->matched;
  if (!r.writes() || r.who == access::open) return r.handle(self, c);

  const auto* key = c->asked.header("idempotency-key");
  if (key && (key->empty() || key->size() > 255 ||
              !std::all_of(key->begin(), key->end(), [](char x) { return x > ' ' && x < 0x7f; })))
    return send_problem(*c,
                        {400, "Idempotency-Key must be 1 to 255 printable ASCII characters without blanks.", {}, 0});
  if (!takes_quota(api, c, self->clock().now().time_since_epoch())) return;
  c->planned = plan_ids(api, r.plans);
  if (key) return claim_and_handle(self, c, *key);
  r.handle(self, c);
}

// A key that is limited to some environments: to it, all others are not there, nor what is in them.
void handle_within_limit(front_pointer self, const call_ptr& c) {
  const auto& r = *c->matched;
  if (r.plans == planning::environment)
    return send_problem(*c, {403, "This key is limited to some environments: it cannot create one.", {}, 0});
  const auto hidden = [&](const std::string& id) { return !c->who.may_see(model::environment_id{id}); };
  if (const auto in_body = c->body.find("environmentId");
      in_body != c->body.end() && in_body->is_string() && hidden(*in_body))
    return send_problem(*c, no_such_object());
  if (r.path.find(':') == std::string_view::npos) return handle_allowed(self, c);
  if (r.path.starts_with("/environments/") || r.path.ends_with(":envId"))
    return hidden(std::string(c->parameters[0])) ? send_problem(*c, no_such_object()) : handle_allowed(self, c);
  with_deployment(self, c, [self, c](const actors::deployment_view_ptr& view) {
    if (!c->who.may_see(view->row.environment)) return send_problem(*c, no_such_object());
    handle_allowed(self, c);
  });
}

void carry_on(front_pointer self, const call_ptr& c) {
  auto& api = *self->state.api;
  const auto& r = *c->matched;
  if (r.who == access::telegram) return r.handle(self, c);
  if (r.who == access::scope && !c->who.scopes.has(r.scope))
    return send_problem(*c, {403, "This key lacks the scope " + std::string(model::scope_texts[r.scope]) + ".", {}, 0});
  if (r.relay) return hand_on({self->state.api, self}, c);
  if (r.parameters.empty() && r.who != access::open)
    if (const query none(c->asked.query, {}); !none.violations().empty())
      return send_problem(*c, {400, "The query breaks the rules listed in errors.", none.violations(), 0});
  if (!takes_body(api, c)) return;
  if (c->who.environments.empty()) return handle_allowed(self, c);
  handle_within_limit(self, c);
}

void authenticate(front_pointer self, const call_ptr& c) {
  auto& parts = self->state.api->parts;
  const auto presented = presented_key_of(c->asked);
  if (!presented) return send_problem(*c, unauthorised());
  // The door is the only one that connects, and it overwrites this header with the address that it sees.
  const auto* address = c->asked.header("x-real-ip");
  self->request(parts.identity, parts.identity_timeout,
                actors::authenticate{std::string(*presented), address ? *address : c->asked.peer_address})
      .then(
          [self, c](const model::outcome<model::caller>& who) {
            guarded(self, c, [&] {
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

void on_tick(front_pointer self) {
  auto& api = *self->state.api;
  self->state.ticking = false;
  for (auto& due : api.waiting.take_due(self->clock().now())) {
    const auto c = due.waiting;
    guarded(self, c, [&] {
      with_deployment(self, c, [c](const actors::deployment_view_ptr& view) { send_json(*c, answer_of(*view)); });
    });
  }
  if (++self->state.ticks % ticks_per_beat == 0) api.open_streams.beat();
  keep_time(self);
}

}  // namespace

bool says_json(call& c) {
  const auto* type = c.asked.header("content-type");
  if (type && is_json_type(*type)) return true;
  send_problem(c, {415, "The body must be JSON, sent as Content-Type: application/json.", {}, 0});
  return false;
}

refusal no_such_object() {
  return refusal_of(model::problem{model::consequence::not_found, {}, {}, 0});
}

void guarded(front_pointer self, const call_ptr& c, const std::function<void()>& work) {
  try {
    work();
  } catch (const std::exception& error) {
    log::error("request failed", {{"requestId", c->request_id}, {"error", error.what()}});
    refuse(self, c, {500, "Something went wrong here. Give the operator the request's id.", {}, 0});
  }
}

void reply(front_pointer self, const call_ptr& c, const nlohmann::json& body) {
  response out;
  out.status = c->matched->status;
  out.content_type = "application/json";
  out.body = encode_json(body);
  finish(self, c, std::move(out));
}

void refuse(front_pointer self, const call_ptr& c, const refusal& why) {
  finish(self, c, problem_response(why, c->request_id));
}

void with_deployment(front_pointer self, const call_ptr& c,
                     std::function<void(const actors::deployment_view_ptr&)> then) {
  auto& parts = self->state.api->parts;
  const auto id = model::parse_id<model::deployment_id>(c->parameters[0]);
  const auto job = model::parse_id<model::job_id>(c->parameters[0]);
  const bool by_job = c->matched->path.ends_with(":jobId");
  if (by_job ? !job : !id) return refuse(self, c, no_such_object());
  if (const auto view = by_job ? parts.board->find(*job) : parts.board->find(*id)) {
    if (view->row.owner != c->who.user) return refuse(self, c, no_such_object());
    return then(view);
  }
  actors::find_deployment wanted;
  if (by_job)
    wanted.id = *job;
  else
    wanted.id = *id;
  ask(self, c, parts.database, parts.database_timeout, std::move(wanted),
      [self, c, then = std::move(then)](const actors::stored_deployment& stored) {
        if (stored.row.owner != c->who.user) return refuse(self, c, no_such_object());
        auto view = std::make_shared<actors::deployment_view>();
        view->row = stored.row;
        view->containers = stored.containers;
        then(view);
      });
}

void with_environment(front_pointer self, const call_ptr& c,
                      std::function<void(const actors::environment_view_ptr&)> then) {
  auto& parts = self->state.api->parts;
  const auto id = model::parse_id<model::environment_id>(c->parameters[0]);
  if (!id) return refuse(self, c, no_such_object());
  if (const auto view = parts.board->find(*id)) {
    if (view->row.owner != c->who.user) return refuse(self, c, no_such_object());
    return then(view);
  }
  ask(self, c, parts.database, parts.database_timeout, actors::load_environment{*id},
      [self, c, then = std::move(then)](const actors::living_rows& rows) {
        if (rows.environments.empty() || rows.environments.front().owner != c->who.user ||
            rows.environments.front().status == model::environment_status::deleted)
          return refuse(self, c, no_such_object());
        auto view = std::make_shared<actors::environment_view>();
        view->row = rows.environments.front();
        view->site = self->state.api->parts.board->find_site(view->row.id);
        for (const auto& d : rows.deployments) {
          view->deployments.push_back({d.id, d.spec.service, d.spec.image.text(), d.status});
          for (const auto& volume : model::mounts_of(d.spec, d.image)) view->volumes.push_back(volume.name);
        }
        std::sort(view->volumes.begin(), view->volumes.end());
        view->volumes.erase(std::unique(view->volumes.begin(), view->volumes.end()), view->volumes.end());
        then(view);
      });
}

void keep_time(front_pointer self) {
  auto& state = self->state;
  if (state.ticking || (state.api->waiting.empty() && state.api->open_streams.empty())) return;
  state.ticking = true;
  actors::after(self, tick, [self] { on_tick(self); });
}

front_actor::behavior_type front_behavior(front_pointer self, std::shared_ptr<api_state> api) {
  self->state.api = std::move(api);
  return {
      [self](const call_ptr& c) {
        guarded(self, c, [&] {
          // A verified key gave its scopes already; they are looked at once more with the rest.
          if (c->matched->who == access::open || c->matched->who == access::telegram || !c->who.key_id.empty())
            carry_on(self, c);
          else
            authenticate(self, c);
        });
      },
      [](const actors::continuation& next) { next.run(); },
  };
}

}  // namespace troupe::http::api
