#include "http/api/accept.hpp"
#include "http/api/answer.hpp"
#include "http/api/carry.hpp"
#include "http/api/handlers.hpp"
#include "http/api/key_header.hpp"
#include "http/api/link_page.hpp"
#include "http/api/listing.hpp"

namespace troupe::http::api {

namespace {

void send_page(call& c, int status, std::string page) {
  static const std::string policy = link_page_policy();
  response out;
  out.status = status;
  out.content_type = "text/html; charset=utf-8";
  out.body = std::move(page);
  out.headers.emplace_back("Content-Security-Policy", policy);
  out.headers.emplace_back("Referrer-Policy", "no-referrer");
  send(c, std::move(out));
}

ranked ranking(const call& c) {
  const auto* accept = c.asked.header("accept");
  return accept ? page_or_json(*accept) : ranked::neither;
}

// Fetched to be shown later, or to somebody else.
bool is_ahead_of_the_click(const call& c) {
  for (const auto* name : {"sec-purpose", "purpose", "x-purpose", "x-moz"})
    if (c.asked.header(name)) return true;
  return false;
}

void answer_refused(const call_ptr& c, const model::problem& why) {
  refusal out = why.kind == model::consequence::not_found ? refusal{404, why.detail, {}, 0} : refusal_of(why);
  if (c->asked.method != "POST" || ranking(*c) != ranked::page) return send_problem(*c, out);
  if (out.retry_after_seconds > 0) c->extra.emplace_back("Retry-After", std::to_string(out.retry_after_seconds));
  send_page(*c, out.status, refused_link_page(out.detail));
}

void tell_owner(const api_state& api, model::api_key made) {
  if (!api.parts.telegram) return;
  made.secret_hash.clear();
  caf::anon_send(api.parts.telegram, actors::key_made{std::move(made)});
}

void redeem(desk::clerk self, const call_ptr& c, std::string token) {
  const auto& behind = c->api->parts.behind();
  self->request(behind.identity, behind.identity_timeout,
                actors::redeem_magic_link{std::move(token), address_of(c->asked)})
      .then(
          [c](const model::outcome<actors::created_key>& made) {
            guarded(c, [&] {
              if (!made) return answer_refused(c, made.error());
              const auto& key = made.value();
              tell_owner(*c->api, key.row);
              if (c->asked.method == "POST" && ranking(*c) == ranked::page)
                return send_page(*c, 200, new_key_page(key.text, key.row, c->api->parts.settings.public_base_url));
              reply(*c, {{"apiKey", key.text}, {"keyId", key.row.key_id}, {"scopes", key.row.scopes.texts()}});
            });
          },
          [c](const caf::error&) {
            answer_refused(c, {model::consequence::unavailable, "Links cannot be looked at now; try again.", {}, 1});
          });
}

}  // namespace

// Whatever does not ask for JSON by name gets the page that spends nothing: HEAD, prefetches, previews.
bool quick_link(api_state&, call& c) {
  if (c.asked.method == "GET" && ranking(c) == ranked::json && !is_ahead_of_the_click(c)) return false;
  auto asked = query_of(c);
  send_page(c, 200, link_page(asked.text("token").value_or("")));
  return true;
}

void spend_link(desk::clerk self, const call_ptr& c) {
  if (c->asked.method == "POST") return redeem(self, c, c->body.at("token"));
  if (ranking(*c) != ranked::json || is_ahead_of_the_click(*c))
    return send_problem(*c, {400, "This call takes no body.", {}, 0});
  auto asked = query_of(*c);
  const auto token = asked.text("token");
  if (!asked.violations().empty()) return refuse_query(*c, asked.violations());
  if (!token) return refuse_query(*c, {{"?token", "is missing"}});
  redeem(self, c, *token);
}

}  // namespace troupe::http::api
