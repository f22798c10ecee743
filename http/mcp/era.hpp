// The two ways in which MCP is spoken. To 2025-11-25: `initialize` agrees on a revision. Since 2026-07-28: each request
// says its own, in `_meta` and in headers that must agree with the body.
#pragma once

#include <span>
#include <string_view>
#include <variant>

#include "http/mcp/json_rpc.hpp"
#include "http/message.hpp"

namespace troupe::http::mcp {

enum class era { legacy, modern };

std::span<const std::string_view> legacy_revisions();  // the newest first
std::span<const std::string_view> modern_revisions();

// What a request is spoken in, or why it cannot be taken.
std::variant<era, rpc_error> era_of(const request& asked, const message& what);

// Whether MCP-Protocol-Version, if it is there, names a revision that is known: all that notifications are asked for.
bool is_revision_known(const request& asked);

// In a modern request's _meta.
bool declares_tasks(const message& what);
inline constexpr std::string_view tasks_extension = "io.modelcontextprotocol/tasks";

}  // namespace troupe::http::mcp
