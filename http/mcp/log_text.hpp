// What a program wrote, as an agent may read it: bounded, plain, and fenced as what it is, wherever it stands: some
// hosts show the model the structured result alone, others its text alone.
#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "actors/model/ids.hpp"

namespace troupe::http::mcp {

// Cuts long messages and leaves out the oldest lines, so that at most `bytes` of messages stay; tells how many lines
// went. The lines are those of the shape Logs, plain already.
std::size_t shorten(nlohmann::json& lines, std::size_t bytes);

// Between two marks that hold random bits, so that no line can end the fence.
std::string fenced_text(std::string_view text, const model::random_source& random, std::string_view preface = {});
// The same of the newest lines, as many as fit.
struct fenced_log {
  std::string text;
  std::size_t left_out = 0;  // older lines
};
fenced_log fence_log(nlohmann::json lines, std::size_t bytes, const model::random_source& random);

// The evidence of each failure in it (render.hpp), where there is any; together a bounded number of bytes.
void fence_evidence(nlohmann::json& value, const model::random_source& random);

std::string fenced(const nlohmann::json& lines, std::size_t left_out, const model::random_source& random);

}  // namespace troupe::http::mcp
