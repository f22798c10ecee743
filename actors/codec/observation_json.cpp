#include "actors/codec/observation_json.hpp"

#include "actors/codec/failure_json.hpp"
#include "actors/codec/fields.hpp"

namespace troupe::codec {

using nlohmann::json;

json to_json(const model::task_observation& task) {
  json out{{"id", task.id},
           {"name", task.name},
           {"node", task.node},
           {"container", task.container},
           {"deployment", task.deployment.text},
           {"generation", task.generation},
           {"phase", model::task_phase_texts[task.phase]},
           {"wanted", task.wanted},
           {"fatal", task.fatal},
           {"unplaceable", task.unplaceable},
           {"held", task.held},
           {"excused", task.excused},
           {"published", task.published}};
  put(out, "startedAt", task.started_at);
  put(out, "endedAt", task.ended_at);
  put(out, "exitCode", task.exit_code);
  if (task.completed) out["completed"] = true;
  if (task.trouble) out["trouble"] = to_json(*task.trouble);
  return out;
}

model::task_observation task_observation_from_json(const json& in) {
  model::task_observation out;
  take(in, "id", out.id);
  take(in, "name", out.name);
  take(in, "node", out.node);
  take(in, "container", out.container);
  take(in, "deployment", out.deployment.text);
  take(in, "generation", out.generation);
  take(in, "phase", out.phase, model::task_phase_texts);
  take(in, "wanted", out.wanted);
  take(in, "startedAt", out.started_at);
  take(in, "endedAt", out.ended_at);
  take(in, "exitCode", out.exit_code);
  take(in, "completed", out.completed);
  if (const auto found = in.find("trouble"); found != in.end()) out.trouble = failure_from_json(*found);
  take(in, "fatal", out.fatal);
  take(in, "unplaceable", out.unplaceable);
  take(in, "held", out.held);
  take(in, "excused", out.excused);
  take(in, "published", out.published);
  return out;
}

}  // namespace troupe::codec
