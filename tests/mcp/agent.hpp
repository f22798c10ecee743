// An MCP host in a few lines, over the world of tests/http_api.
#pragma once

#include <string>
#include <vector>

#include "tests/http_api/api_world.hpp"

namespace troupe::http::mcp::test {

using api::test::api_world;
using api::test::recorded_ptr;
using nlohmann::json;

struct agent {
  api_world& world;
  bool modern = false;
  bool knows_tasks = false;

  // A request as its era asks for; headers given here win.
  recorded_ptr send(const std::string& method, json params = json::object(), header_list headers = {},
                    const std::string& key = "alice");
  recorded_ptr start(const std::string& method, json params = json::object(), header_list headers = {},
                     const std::string& key = "alice");
  json result(const std::string& method, json params = json::object());  // insists on one
  // A tool's result.
  json call(const std::string& tool, json arguments = json::object(), const std::string& key = "alice");
  // Its text as JSON: the structured content's twin, or the problem.
  static json text(const json& result) { return json::parse(result.at("content").at(0).at("text").get<std::string>()); }

private:
  api_world::ask request(const std::string& method, json params, header_list headers, const std::string& key) const;
};

// The data of the server-sent events so far.
std::vector<json> events_of(const recorded_ptr& way);

}  // namespace troupe::http::mcp::test
