#include "http/api/json_decode.hpp"
#include "http/mcp/log_text.hpp"
#include "http/mcp/tool.hpp"

namespace troupe::http::mcp {

namespace {
constexpr std::size_t most_bytes = 24 * 1024;
}

void get_plain_logs(const tool_run& run) {
  auto plain = run;
  plain.done = [run](tool_result got) {
    if (got.ok()) {
      auto answer = nlohmann::json::parse(got.json);
      auto& lines = answer.at("lines");
      const auto left_out = shorten(lines, most_bytes);
      if (left_out > 0) answer["leftOut"] = left_out;
      got.text = fenced(lines, left_out, run.at.api->parts.random);
      got.json = api::encode_json(answer);
    }
    run.done(std::move(got));
  };
  call_twin(plain);
}

}  // namespace troupe::http::mcp
