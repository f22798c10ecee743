#include "http/api/ask.hpp"
#include "http/api/json_decode.hpp"
#include "http/mcp/log_text.hpp"
#include "http/mcp/plain_text.hpp"
#include "http/mcp/tool.hpp"

namespace troupe::http::mcp {

namespace {
constexpr std::size_t most_bytes = 24 * 1024;
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
    const auto left_out = shorten(lines, most_bytes);
    auto text = fenced(lines, left_out, run.outer->api->parts.behind().random);
    auto shown = got.value();  // the cursor is of what is left of it
    shown.items.erase(shown.items.begin(), shown.items.begin() + static_cast<std::ptrdiff_t>(left_out));
    shown.more = shown.more || left_out > 0;
    auto answer = api::logs_of(shown);
    answer["lines"] = std::move(lines);
    if (left_out > 0) answer["leftOut"] = left_out;
    run.done({.json = api::encode_json(answer), .text = std::move(text)});
  });
}

}  // namespace troupe::http::mcp
