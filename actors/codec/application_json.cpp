#include "actors/codec/application_json.hpp"

#include "actors/codec/fields.hpp"

namespace troupe::codec {

using nlohmann::json;

namespace {

json to_json(const model::application_step& s) {
  json out{{"action", model::step_action_texts[s.action]},
           {"service", s.service},
           {"deployment", s.deployment.text},
           {"job", s.job.text},
           {"after", s.after},
           {"undo", s.undo.text},
           {"undoJob", s.undo_job.text},
           {"stopped", s.stopped},
           {"stays", s.stays},
           {"status", model::step_status_texts[s.status]},
           {"detail", s.detail}};
  if (s.before) out["before"] = s.before->text;
  return out;
}

model::application_step step_of(const json& in) {
  model::application_step out;
  take(in, "action", out.action, model::step_action_texts);
  take(in, "service", out.service);
  take(in, "deployment", out.deployment.text);
  take(in, "job", out.job.text);
  take(in, "after", out.after);
  take(in, "undo", out.undo.text);
  take(in, "undoJob", out.undo_job.text);
  take(in, "stopped", out.stopped);
  take(in, "stays", out.stays);
  take(in, "status", out.status, model::step_status_texts);
  take(in, "detail", out.detail);
  if (const auto before = in.find("before"); before != in.end())
    out.before = model::deployment_id{before->get<std::string>()};
  return out;
}

}  // namespace

json document_of(const model::application& row) {
  auto steps = json::array();
  for (const auto& step : row.steps) steps.push_back(to_json(step));
  return {{"onFailure", model::failure_policy_texts[row.on_failure]},
          {"cancelled", row.cancelled},
          {"detail", row.detail},
          {"steps", std::move(steps)}};
}

void read_document(const json& in, model::application& into) {
  take(in, "onFailure", into.on_failure, model::failure_policy_texts);
  take(in, "cancelled", into.cancelled);
  take(in, "detail", into.detail);
  take_list(in, "steps", into.steps, step_of);
}

}  // namespace troupe::codec
