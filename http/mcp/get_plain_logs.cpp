#include "http/api/ask.hpp"
#include "http/api/json_decode.hpp"
#include "http/mcp/log_text.hpp"
#include "http/mcp/plain_text.hpp"
#include "http/mcp/tool.hpp"

namespace troupe::http::mcp {

namespace {
constexpr std::size_t most_bytes = 11 * 1024;  // twice in a result: as text, and as its structure
}

void get_plain_logs(const tool_run& run) {
  const auto q = question_of(run);
  desk::read_logs what;
  api::read(*q, what);
  if (auto fault = desk::admission::find_scope_fault(desk::read_logs::on, q->who))
    return run.done(result_of(*fault, *run.outer));
  if (const auto fault = api::find_fault(*q)) return run.done(result_of(*fault, *run.outer));
  ask_desk(*run.outer, what, [run](const desk::outcome<desk::page<actors::log_line>>& got) {
    if (!got) return run.done(result_of(got.error(), *run.outer));
    auto lines = api::lines_of(got.value().items);
    make_plain(lines);
    auto log = fence_log(std::move(lines), most_bytes, run.outer->api->parts.behind().random);
    run.done({.json = api::encode_json({{"log", log.text}, {"leftOut", log.left_out}}), .text = std::move(log.text)});
  });
}

}  // namespace troupe::http::mcp
