#include "actors/codec/timestamp_text.hpp"
#include "http/api/render.hpp"

namespace troupe::http::api {

using nlohmann::json;

namespace {

json summary_or_null(const actors::deployment_view_ptr& view) {
  return view ? render_summary(*view) : json();
}

json summaries(const std::vector<actors::deployment_view_ptr>& views) {
  json out = json::array();
  for (const auto& view : views) out.push_back(render_summary(*view));
  return out;
}

std::size_t running_of(const actors::deployment_view& view) {
  std::size_t out = 0;
  for (const auto& task : view.containers)
    if (task.phase == model::task_phase::running && !model::is_final(view.row.status)) ++out;
  return out;
}

}  // namespace

json render_summary(const actors::deployment_view& view) {
  const auto& row = view.row;
  return {{"id", row.id.text},
          {"environmentId", row.environment.text},
          {"service", row.spec.service},
          {"number", row.number},
          {"status", model::deployment_status_texts[row.status]},
          {"health", render_health(row)},
          {"image", row.spec.image.text()},
          {"createdAt", codec::timestamp_text(row.created_at)},
          {"error", row.error ? json(row.error->message) : json()}};
}

json render(const desk::service_view& view, const place& at) {
  const auto current = view.current(), base = view.base();
  // What serves; before anything does, what is to serve.
  const auto shown = current ? current : base ? base : view.newest();
  const auto whole = render(*shown, at);
  const bool wanted = !model::is_final(shown->row.status) && shown->row.wanted == model::intent::run;
  json out{{"id", view.id.text()},
           {"name", view.id.name},
           {"environmentId", view.id.environment.text},
           {"current", summary_or_null(current)},
           {"latest", summary_or_null(base)},
           {"waiting", summaries(view.waiting())},
           {"replicas", {{"wanted", wanted ? shown->row.spec.replicas : 0}, {"running", running_of(*shown)}}}};
  for (const char* same : {"status", "health", "healthReason", "ports", "volumes", "url", "addresses"})
    out[same] = whole.at(same);
  return out;
}

json render_whole(const desk::service_view& view, const place& at) {
  auto out = render(view, at);
  const auto base = view.base();
  out["spec"] = base ? render_spec(base->row.spec) : json();
  out["history"] = summaries(view.history);
  return out;
}

}  // namespace troupe::http::api
