// Calls from inside to the routes: the very way that a request from outside takes, with the key of the one who asks.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "http/api/desk.hpp"
#include "http/api/routes.hpp"

namespace troupe::http::mcp {

// By its operation; such a route must exist.
const api::route& route_of(std::string_view operation);

struct inner_request {
  const api::route* of = nullptr;
  std::string parameter{};  // of the path, as the caller wrote it
  std::string query{};      // encoded
  std::string body{};       // JSON, or nothing
  bool as_stream = false;
};

// Appends "name=value" with what a query needs encoded.
void add_to_query(std::string& query, std::string_view name, std::string_view value);

std::string_view body_of(const response& what);

// The caller of a route; leave() tells the route that nobody waits any more.
class asker {
public:
  virtual ~asker() = default;
  virtual void leave() = 0;
};

// Answers once, from any thread, perhaps before it returns.
std::shared_ptr<asker> ask_route(const api::desk& at, const api::call& outer, const inner_request& what,
                                 std::function<void(response)> then);

struct stream_watch {
  std::function<void()> opened;
  std::function<void(const nlohmann::json& event)> event;
  std::function<void()> beat;                                  // it is still there
  std::function<void(std::optional<response> refusal)> ended;  // once; with an answer where no stream came of it
};
std::shared_ptr<asker> follow_route(const api::desk& at, const api::call& outer, const inner_request& what,
                                    stream_watch watch);

}  // namespace troupe::http::mcp
