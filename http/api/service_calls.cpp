#include "config/logging.hpp"
#include "http/api/listing.hpp"
#include "http/api/release_patch.hpp"
#include "http/api/render.hpp"
#include "http/api/translations.hpp"

namespace troupe::http::api {

namespace {

model::service_id id_of(std::string_view text) {
  return model::parse_service_id(text).value_or(model::service_id{});
}

std::string etag_of(std::uint64_t number) {
  return '"' + std::to_string(number) + '"';
}

// The number that If-Match names; "*" fits whatever is there.
void read_condition(question& q, std::optional<std::uint64_t>& out) {
  if (!q.if_match || *q.if_match == "*") return;
  std::string_view text = *q.if_match;
  const bool quoted = text.size() > 2 && text.front() == '"' && text.back() == '"';
  if (quoted) text = text.substr(1, text.size() - 2);
  if (quoted) out = whole_number(text);
  if (!out) q.wrong_header = "If-Match must be the ETag that GET of the service gave, such as " + etag_of(1) + ".";
}

}  // namespace

void read(question& q, desk::get_service& out) {
  out.service = id_of(q.id);
}

response shown(const question& q, const desk::get_service&, const desk::service_view_ptr& view) {
  auto out = json_response({{"service", render_whole(*view, place_of(*q.api, view->id.environment))}});
  if (const auto base = view->base()) out.headers.emplace_back("ETag", etag_of(base->row.number));
  return out;
}

void read(question& q, desk::list_services& out) {
  out.environment = id_of<model::environment_id>(q.id);
  out.limit = page_limit(q.values);
  if (auto position = q.values.cursor("cursor", 's')) out.after = std::move(*position);
}

response shown(const question& q, const desk::list_services& what, const desk::page<desk::service_view>& found) {
  const auto at = place_of(*q.api, what.environment);
  auto list = nlohmann::json::array();
  for (const auto& view : found.items) list.push_back(render(view, at));
  return json_response(
      {{"services", std::move(list)},
       {"nextCursor", found.more ? nlohmann::json(make_cursor('s', found.items.back().id.name)) : nlohmann::json()}});
}

namespace {

template <class Change>
void read_change(question& q, Change& out) {
  out.service = id_of(q.id);
  read_condition(q, out.if_number);
  out.change = [api = q.api, patch = q.body](const model::release_spec& from) -> model::outcome<model::release_spec> {
    try {
      return patched(*api, patch, from);
    } catch (const std::exception& error) {  // it would end the environment's actor
      log::error("a change of a service failed", {{"error", error.what()}});
      return model::problem{model::consequence::unavailable, our_fault().detail, {}, 0};
    }
  };
}

}  // namespace

void read(question& q, desk::update_service& out) {
  read_change(q, out);
}
void read(question& q, desk::plan_service& out) {
  read_change(q, out);
}

response shown(const question& q, const desk::update_service&, const actors::deployment_view_ptr& view) {
  auto out = accepted(q, view);
  out.headers.emplace_back("ETag", etag_of(view->row.number));
  return out;
}

// The ETag is of what the plan builds on, for If-Match where it is done.
response shown(const question& q, const desk::plan_service&, const desk::planned_application_ptr& planned) {
  auto out = json_response({{"plan", plan_of(q, *planned)}});
  if (const auto& standing = planned->plan.changes.front().standing)
    out.headers.emplace_back("ETag", etag_of(standing->number));
  return out;
}

}  // namespace troupe::http::api
