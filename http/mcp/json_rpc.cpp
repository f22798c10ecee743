#include "http/mcp/json_rpc.hpp"

#include "http/api/json_decode.hpp"

namespace troupe::http::mcp {

namespace {

using nlohmann::json;

constexpr std::size_t longest_id = 256;
constexpr std::string_view arguments = "/params/arguments";
constexpr api::json_limits limits{.depth = 34};  // a route's own 32 and what stands around its body

}  // namespace

std::variant<message, rpc_error> read_message(std::string_view body) {
  auto decoded = api::decode_leniently(body, limits);
  message out;
  if (decoded.value)
    for (const auto& v : decoded.violations)
      if (v.pointer.starts_with(arguments)) out.flaws.push_back({v.pointer.substr(arguments.size()), v.detail});
  if (!decoded.value || out.flaws.size() != decoded.violations.size()) {
    json data = json::array();
    for (const auto& v : decoded.violations) data.push_back({{"pointer", v.pointer}, {"detail", v.detail}});
    return rpc_error{.number = code::parse_error,
                     .text = "The body is not one JSON value, strictly read.",
                     .data = {{"errors", std::move(data)}}};
  }
  auto& read = *decoded.value;
  if (read.is_array()) return rpc_error{.text = "Batches are not supported: send one message a request."};
  if (!read.is_object() || read.value("jsonrpc", json()) != "2.0")
    return rpc_error{.text = "The body is no message of JSON-RPC 2.0."};

  const auto id = read.find("id");
  if (id != read.end()) {
    if (!id->is_number_integer() && !(id->is_string() && id->get_ref<const std::string&>().size() <= longest_id))
      return rpc_error{.text = "An id must be a whole number or a text of at most 256 bytes."};
    out.id = id->dump();
  }
  const auto method = read.find("method");
  if (method == read.end()) {
    if (id == read.end() || read.contains("result") == read.contains("error"))
      return rpc_error{.text = "The message has no method.", .id = out.id};
    out.is = message::kind::response;
    return out;
  }
  if (!method->is_string()) return rpc_error{.text = "The method must be a text.", .id = out.id};
  out.method = std::move(method->get_ref<std::string&>());
  out.is = id == read.end() ? message::kind::notification : message::kind::request;
  if (const auto params = read.find("params"); params != read.end() && !params->is_null()) {
    if (!params->is_object())
      return rpc_error{.number = code::invalid_params, .text = "The params must be an object.", .id = out.id};
    out.params = std::move(*params);
  }
  return out;
}

std::string result_text(const std::string& id, std::string_view result) {
  std::string out = R"({"jsonrpc":"2.0","id":)";
  ((out += id) += R"(,"result":)") += result;
  return out + '}';
}

std::string error_text(const rpc_error& error) {
  json inner{{"code", error.number}, {"message", error.text}};
  if (!error.data.is_null()) inner["data"] = error.data;
  std::string out = R"({"jsonrpc":"2.0",)";
  if (!error.id.empty()) ((out += R"("id":)") += error.id) += ',';
  return out + R"("error":)" + api::encode_json(inner) + '}';
}

}  // namespace troupe::http::mcp
