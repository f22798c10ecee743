// The one table of tools. Each is another name for a route: its command, body, query and answer are the route's.
#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "actors/desk/terms.hpp"
#include "actors/model/identity.hpp"
#include "http/mcp/tool_run.hpp"

namespace troupe::http::mcp {

// A value for a query parameter that an agent leaves out, where the route's own default does not suit it.
struct preset {
  std::string_view name, value;
};

// How the name of what a tool destroys is found: by a command of its own, with terms of its own.
struct naming {
  desk::terms on;
  void (*find)(const tool_run& run, std::function<void(desk::outcome<std::string>)> then);
};

struct tool {
  std::string_view name{}, title{}, description{};
  std::string_view operation{};  // the route's
  std::string_view id{};         // the argument that fills the path's parameter
  std::span<const preset> presets{};
  std::span<const std::string_view> without{};   // query parameters of the route that mean nothing here
  std::span<const std::string_view> unlisted{};  // members of the body that are taken without being listed
  std::string_view body{};                       // a schema's name, where it is not the route's
  bool in_environment = false;                   // `environmentId` may be given, to look there alone
  std::string_view answer{};                     // a shape of http/schemas/answers.json, where it is not the route's
  std::optional<naming> name_of{};               // of what it destroys: `confirm` wants it
  bool idempotent = false;                       // reading ones are anyway
  bool listed = true;                            // else it is what another tool does as well, under its former name
  bool makes_task = false;                       // for hosts that know tasks: one by its job's id
  // Instead of asking for the route's command alone.
  void (*run)(const tool_run& run) = nullptr;
  // Where progress is asked for.
  void (*run_with_progress)(const tool_run& run, std::shared_ptr<progress> to) = nullptr;

  const api::route& twin() const;        // leads to a command
  std::string_view body_schema() const;  // "": none
  bool reads() const;
  bool takes(std::string_view query_parameter) const {
    return std::find(without.begin(), without.end(), query_parameter) == without.end();
  }
  bool destroys() const { return name_of.has_value(); }
  model::scope_set scopes() const;  // that a key needs
};

std::span<const tool> tools();
const tool* find_tool(std::string_view name);

}  // namespace troupe::http::mcp
