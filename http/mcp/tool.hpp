// The one table of tools. Each is another name for a route: its method, path, scope, body, query and answer are the
// route's.
#pragma once

#include <algorithm>
#include <span>
#include <string_view>

#include "actors/model/identity.hpp"
#include "http/mcp/tool_run.hpp"

namespace troupe::http::mcp {

// A value for a query parameter that an agent leaves out, where the route's own default does not suit it.
struct preset {
  std::string_view name, value;
};

struct tool {
  std::string_view name{}, title{}, description{};
  std::string_view operation{};  // the route's
  std::string_view id{};         // the argument that fills the path's parameter
  std::span<const preset> presets{};
  std::span<const std::string_view> without{};  // query parameters of the route that mean nothing here
  std::string_view answer{};                    // a shape of http/schemas/answers.json, where it is not the route's
  std::string_view shown_by{};                  // what destroys wants `confirm`: the name that this operation's answer
  std::string_view name_at{};                   // holds at this JSON pointer
  bool idempotent = false;                      // reading ones are anyway
  bool makes_task = false;                      // for hosts that know tasks: one by its job's id
  // Instead of the one call to the route.
  void (*run)(const tool_run& run) = nullptr;
  // Where progress is asked for.
  void (*run_with_progress)(const tool_run& run, std::shared_ptr<progress> to) = nullptr;

  const api::route& twin() const;
  bool reads() const;
  bool takes(std::string_view query_parameter) const {
    return std::find(without.begin(), without.end(), query_parameter) == without.end();
  }
  bool destroys() const { return !shown_by.empty(); }
  model::scope_set scopes() const;  // that a key needs
};

std::span<const tool> tools();
const tool* find_tool(std::string_view name);

}  // namespace troupe::http::mcp
