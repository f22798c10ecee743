#include "actors/secrets/hex.hpp"
#include "actors/secrets/keyed_hash.hpp"
#include "http/api/accept.hpp"
#include "http/api/application_body.hpp"
#include "http/api/ask.hpp"
#include "http/api/carry.hpp"
#include "http/api/handlers.hpp"
#include "http/api/json_decode.hpp"
#include "http/api/listing.hpp"
#include "http/api/release_rules.hpp"
#include "http/api/render_application.hpp"
#include "http/api/render_operation.hpp"
#include "http/api/translations.hpp"

namespace troupe::http::api {

namespace {

using namespace std::chrono_literals;
constexpr std::size_t digits = 16;  // of either half of a plan's id

// Of all that makes another application another one. Under a key of this process, since variables are in it: an id may
// be shown to anybody.
std::string content_of(const question& q) {
  static const secrets::keyed_hash hash;
  auto what = q.body;
  what.erase("plan");
  what.erase("onFailure");
  return secrets::hex(hash(q.id + '\n' + encode_json(what))).substr(0, digits);
}

// What the query says is said in the body, too.
void take_options(question& q) {
  if (const auto plan = q.values.text("plan")) {
    q.body["plan"] = *plan;
    if (plan->empty()) q.values.refuse("plan", "is empty: leave it out, or give a plan's id");
  }
  if (q.values.text("prune")) q.body["prune"] = q.values.flag("prune");
  if (const auto policy = q.values.text("onFailure")) {
    q.body["onFailure"] = *policy;
    if (!model::failure_policy_texts.parse(*policy)) q.values.refuse("onFailure", "must be one of: rollback, keep");
  }
}

// ?dryRun=true: what would be done.
template <desk::command Command, desk::command Plan = desk::plan_application>
void do_or_plan(desk::clerk self, const call_ptr& c) {
  const auto q = question_of(c);
  const auto then = [c](response what) { send(*c, std::move(what)); };
  if (q->values.flag("dryRun")) {
    q->of = &route_of("planApplication");
    q->under.reset();
    return ask_desk<Plan>(self, q, then);
  }
  // What the query says counts, too, where the same key comes again.
  if (q->under && !c->asked.query.empty()) {
    take_options(*q);
    q->under = claim_of(q->under->key, *q->of, q->id, q->body);
  }
  ask_desk<Command>(self, q, then);
}

}  // namespace

void put_application(desk::clerk self, const call_ptr& c) {
  do_or_plan<desk::apply_application>(self, c);
}
void post_deployment(desk::clerk self, const call_ptr& c) {
  do_or_plan<desk::create_deployment>(self, c);
}
void change_service(desk::clerk self, const call_ptr& c) {
  do_or_plan<desk::update_service, desk::plan_service>(self, c);
}

void read(question& q, desk::plan_application& out) {
  if (q.body.contains("environmentId")) {  // of one deployment
    out.environment.text = q.body.at("environmentId");
    out.wanted.services.push_back({release_of(q.body), {}, {}, true});
    return;
  }
  take_options(q);
  out.environment = id_of<model::environment_id>(q.id);
  out.wanted = wanted_of(q);
}

nlohmann::json plan_of(const question& q, const desk::planned_application& planned) {
  auto out = render(planned);
  out["id"] = content_of(q) + '-' + planned.plan.world;
  out["ignored"] = q.noted;
  return out;
}

response shown(const question& q, const desk::plan_application&, const desk::planned_application_ptr& planned) {
  return json_response({{"plan", plan_of(q, *planned)}});
}

void read(question& q, desk::apply_application& out) {
  out.environment = id_of<model::environment_id>(q.id);
  if (q.of->body.empty()) {  // nothing is wanted any more
    out.wanted.prune = true;
    return;
  }
  take_options(q);
  out.wanted = wanted_of(q);
  out.on_failure = model::failure_policy_texts.parse(q.body.value("onFailure", "")).value_or(out.on_failure);
  const auto plan = q.body.value("plan", "");
  if (plan.empty()) return;
  // Of another application there is no world in which it would be this one.
  out.world = plan.starts_with(content_of(q) + '-') ? plan.substr(digits + 1) : "of another application";
}

response shown(const question& q, const desk::apply_application&, const actors::application_view_ptr& view) {
  return json_response({{"operation", render(*view, *q.api->parts.behind().board)}});
}

void read(question& q, desk::get_application& out) {
  out.environment = id_of<model::environment_id>(q.id);
}

response shown(const desk::get_application&, const std::vector<model::wanted_service>& standing) {
  response out;
  out.content_type = "application/yaml";
  out.body = compose_text_of(standing);
  return out;
}

void read(question& q, desk::list_operations& out) {
  out.environment = id_of<model::environment_id>(q.id);
  out.limit = page_limit(q.values);
  const auto position = q.values.cursor("cursor", 'p');
  if (!position) return;
  out.before = model::parse_id<model::operation_id>(*position);
  if (!out.before) refuse_cursor(q.values);
}

response shown(const question& q, const desk::list_operations&, const desk::page<actors::application_view_ptr>& found) {
  auto list = nlohmann::json::array();
  for (const auto& view : found.items) list.push_back(render(*view, *q.api->parts.behind().board));
  return json_response(
      {{"operations", std::move(list)},
       {"nextCursor", found.more ? nlohmann::json(make_cursor('p', found.items.back()->id.text)) : nlohmann::json()}});
}

}  // namespace troupe::http::api
