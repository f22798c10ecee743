// Log lines as an agent may read them: bounded, plain, and fenced as what they are.
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
std::string fenced(const nlohmann::json& lines, std::size_t left_out, const model::random_source& random);

}  // namespace troupe::http::mcp
