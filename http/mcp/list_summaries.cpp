#include "http/api/ask.hpp"
#include "http/api/json_decode.hpp"
#include "http/api/listing.hpp"
#include "http/api/render.hpp"
#include "http/mcp/plain_text.hpp"
#include "http/mcp/tool.hpp"

namespace troupe::http::mcp {

// The route's list, each deployment in a few words: its details are get_deployment's.
void list_summaries(const tool_run& run) {
  const auto q = question_of(run);
  desk::list_own_deployments what;
  api::read(*q, what);
  if (!text_of(run.arguments, "environmentId").empty())
    what.environment = id_of<model::environment_id>(run, "environmentId");
  if (auto fault = desk::admission::find_scope_fault(desk::list_own_deployments::on, q->who))
    return run.done(result_of(*fault, *run.outer));
  if (const auto fault = api::find_fault(*q)) return run.done(result_of(*fault, *run.outer));
  ask_desk(*run.outer, what, [run](const desk::outcome<desk::page<actors::deployment_view_ptr>>& got) {
    if (!got) return run.done(result_of(got.error(), *run.outer));
    const auto& found = got.value();
    auto list = nlohmann::json::array();
    for (const auto& view : found.items) list.push_back(api::render_summary(*view));
    nlohmann::json answer{{"deployments", std::move(list)}, {"nextCursor", api::own_cursor(found)}};
    make_plain(answer);
    run.done({.json = api::encode_json(answer)});
  });
}

}  // namespace troupe::http::mcp
