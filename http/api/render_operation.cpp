#include "http/api/render_operation.hpp"

#include "actors/codec/timestamp_text.hpp"
#include "http/api/translations.hpp"

namespace troupe::http::api {

namespace {

using nlohmann::json;

json text_or_null(const std::string& text) {
  return text.empty() ? json() : json(text);
}

json render(const model::application_step& step, const actors::board& on) {
  const auto view =
      on.find(step.status == model::step_status::rolling_back && step.before ? step.undo : step.deployment);
  return {{"service", step.service},
          {"action", model::step_action_texts[step.action]},
          {"status", model::step_status_texts[step.status]},
          {"after", step.after},
          {"deploymentId", step.deployment.text},
          {"jobId", step.job.text},
          {"deploymentStatus", view ? json(model::deployment_status_texts[view->row.status]) : json()},
          {"detail", text_or_null(step.detail)}};
}

// An operation on one release has it as its only step.
model::step_status step_of(model::operation_status how) {
  switch (how) {
    case model::operation_status::applying: return model::step_status::in_progress;
    case model::operation_status::rolling_back: return model::step_status::rolling_back;
    case model::operation_status::succeeded: return model::step_status::done;
    case model::operation_status::failed: return model::step_status::failed;
    case model::operation_status::rolled_back: return model::step_status::rolled_back;
    case model::operation_status::cancelled:
    case model::operation_status::superseded: break;
  }
  return model::step_status::cancelled;
}

json render_step(const actors::deployment_view& view, const model::operation_progress& how) {
  const auto& row = view.row;
  return {{"service", row.spec.service},
          {"action", model::operation_kind_texts[how.kind]},
          {"status", model::step_status_texts[step_of(how.status)]},
          {"after", json::array()},
          {"deploymentId", row.id.text},
          {"jobId", row.job.text},
          {"deploymentStatus", model::deployment_status_texts[row.status]},
          {"detail", text_or_null(how.detail)}};
}

json render(const model::operation_name& name, const model::environment_id& environment,
            const model::operation_progress& how) {
  auto out = render_begun(name, how);
  out.update({{"environmentId", environment.text},
              {"onFailure", nullptr},
              {"detail", text_or_null(how.detail)},
              {"steps", json::array()},
              {"events", json::array()},
              {"createdAt", codec::timestamp_text(how.created_at)},
              {"updatedAt", codec::timestamp_text(how.updated_at)}});
  return out;
}

}  // namespace

json render_begun(const model::operation_name& name, model::operation_kind kind, model::operation_status status) {
  return {{"id", model::text_of(name)},
          {"kind", model::operation_kind_texts[kind]},
          {"status", model::operation_status_texts[status]}};
}

json render_begun(const model::operation_name& name, const model::operation_progress& progress) {
  return render_begun(name, progress.kind, progress.status);
}

json render(const model::application& row, const actors::board& on) {
  auto out = render(row.id, row.environment, model::progress_of(row));
  out["onFailure"] = model::failure_policy_texts[row.on_failure];
  for (const auto& step : row.steps) out["steps"].push_back(render(step, on));
  return out;
}

json render(const desk::operation_view& view, const actors::board& on) {
  if (view.about.application) {
    auto out = render(*view.about.application, on);
    out["events"] = timelines_of(view.timeline);
    return out;
  }
  auto out = render(view.name, view.environment, view.progress);
  if (view.about.deployment) out["steps"].push_back(render_step(*view.about.deployment, view.progress));
  out["events"] = timeline_of(view.timeline);
  return out;
}

}  // namespace troupe::http::api
