// The extension io.modelcontextprotocol/tasks (2026-07-28): a task is a deployment, its id the job's, which is stored
// before anybody is told.
#pragma once

#include <memory>

#include "http/mcp/reply.hpp"

namespace troupe::http::mcp {

// Answers a tool's call that made a job with a task; what was refused is the tool's result.
void answer_with_task(const api::call_ptr& c, const std::shared_ptr<reply>& to, const tool_result& got);

void get_task(const api::call_ptr& c, const std::shared_ptr<reply>& to, const message& what);
void update_task(const api::call_ptr& c, const std::shared_ptr<reply>& to, const message& what);
void cancel_task(const api::call_ptr& c, const std::shared_ptr<reply>& to, const message& what);

}  // namespace troupe::http::mcp
