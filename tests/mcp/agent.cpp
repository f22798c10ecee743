#include "tests/mcp/agent.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace troupe::http::mcp::test {

api_world::ask agent::request(const std::string& method, json params, header_list headers,
                              const std::string& key) const {
  const auto add = [&](const std::string& name, const std::string& value) {
    if (std::none_of(headers.begin(), headers.end(), [&](const auto& h) { return h.first == name; }))
      headers.emplace_back(name, value);
  };
  add("accept", "application/json, text/event-stream");
  add("x-request-id", "same");
  if (modern) {
    json capabilities = json::object();
    if (knows_tasks) capabilities["extensions"] = {{"io.modelcontextprotocol/tasks", json::object()}};
    params["_meta"]["io.modelcontextprotocol/protocolVersion"] = "2026-07-28";
    params["_meta"]["io.modelcontextprotocol/clientCapabilities"] = capabilities;
    add("mcp-protocol-version", "2026-07-28");
    add("mcp-method", method);
    if (params.contains("name")) add("mcp-name", params["name"]);
    if (params.contains("taskId")) add("mcp-name", params["taskId"]);
  }
  std::erase_if(headers, [](const auto& h) { return h.second == "(none)"; });
  const json body{{"jsonrpc", "2.0"}, {"id", 7}, {"method", method}, {"params", params}};
  return {.method = "POST", .path = "/mcp", .body = body.dump(), .headers = headers, .key = key};
}

recorded_ptr agent::send(const std::string& method, json params, header_list headers, const std::string& key) {
  return world.call(request(method, std::move(params), std::move(headers), key));
}
recorded_ptr agent::start(const std::string& method, json params, header_list headers, const std::string& key) {
  return world.start(request(method, std::move(params), std::move(headers), key));
}

json agent::result(const std::string& method, json params) {
  const auto way = send(method, std::move(params));
  EXPECT_EQ(way->got.status, 200) << way->body();
  const auto answer = way->json();
  EXPECT_EQ(answer.at("id"), 7);
  EXPECT_TRUE(answer.contains("result")) << answer;
  return answer.value("result", json::object());
}

json agent::call(const std::string& tool, json arguments, const std::string& key) {
  const auto way = send("tools/call", {{"name", tool}, {"arguments", std::move(arguments)}}, {}, key);
  EXPECT_EQ(way->got.status, 200) << way->body();
  return way->json().value("result", json::object());
}

std::vector<json> events_of(const recorded_ptr& way) {
  std::vector<json> out;
  constexpr std::string_view data = "data: ";
  for (std::size_t at = 0; (at = way->got.body.find(data, at)) != std::string::npos;) {
    const auto end = way->got.body.find('\n', at);
    out.push_back(json::parse(way->got.body.substr(at + data.size(), end - at - data.size())));
    at = end;
  }
  return out;
}

}  // namespace troupe::http::mcp::test
