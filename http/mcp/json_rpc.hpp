// JSON-RPC 2.0 as MCP uses it: one message a body, no batches.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <nlohmann/json.hpp>

#include "actors/model/problem.hpp"

namespace troupe::http::mcp {

struct message {
  enum class kind { request, notification, response };
  kind is = kind::request;
  std::string id{};  // of a request, as JSON
  std::string method{};
  nlohmann::json params = nlohmann::json::object();
  std::vector<model::violation> flaws{};  // of what is forbidden in the arguments of a tool: it is the tool's to refuse
};

namespace code {
inline constexpr int parse_error = -32700, invalid_request = -32600, method_not_found = -32601, invalid_params = -32602,
                     internal_error = -32603;
// Of the revision 2026-07-28.
inline constexpr int header_mismatch = -32020, missing_capability = -32021, unsupported_version = -32022;
}  // namespace code

struct rpc_error {
  int status = 400;  // of HTTP
  int number = code::invalid_request;
  std::string text{};
  nlohmann::json data{};  // null: none
  std::string id{};       // of the request, where it could be read
};

// Strict as json_decode.hpp; errors are 400. params: null is as if they were left out.
std::variant<message, rpc_error> read_message(std::string_view body);

std::string result_text(const std::string& id, std::string_view result);
std::string error_text(const rpc_error& error);

}  // namespace troupe::http::mcp
