// The one table of routes: dispatch, scopes, OpenAPI, the page for people and the tests all derive from it.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "actors/model/identity.hpp"
#include "http/api/call.hpp"
#include "http/api/front_actor.hpp"

namespace troupe::http::api {

struct desk;

struct query_parameter {
  std::string_view name;
  std::string_view schema;  // JSON
  std::string_view summary;
};

// Anybody, any valid key, a key with route::scope; Telegram, which proves itself by a secret header.
enum class access { open, key, scope, telegram };
enum class planning { none, environment, deployment };  // the ids that the work makes

struct route {
  std::string_view method{};
  std::string_view path{};  // "/environments/:id"
  access who = access::scope;
  model::scope scope{};
  std::string_view operation{};  // OpenAPI's operationId
  std::string_view summary{};
  std::string_view body{};  // a schema's name; "": takes none
  bool body_optional = false;
  bool form = false;  // the body may come from a page's form, too
  int status = 200;
  std::string_view answer{};  // the name of a shape in http/schemas/answers.json; "": no JSON
  std::span<const query_parameter> parameters{};
  planning plans = planning::none;
  bool limited = false;  // by DEPLOYMENTS_PER_MINUTE
  // Answers at once, on the caller's thread, if it can; else `handle` follows.
  bool (*quick)(api_state&, call&) = nullptr;
  void (*handle)(front_pointer self, const call_ptr& c) = nullptr;
  // Instead of both: hands the call on to other routes, whose own scopes, limits and Idempotency-Key count. Origin is
  // looked at.
  void (*relay)(const desk& at, const call_ptr& c) = nullptr;

  bool writes() const { return method != "GET" && !relay; }
};

std::span<const route> routes();

struct match {
  const route* found = nullptr;
  std::array<std::string_view, 2> parameters;
  std::string allow;  // where the path is known and the method is not
};
// HEAD matches GET. Segments are compared byte for byte: what is encoded, doubled or ends in a slash is another path.
match match_route(std::string_view method, std::string_view path);

}  // namespace troupe::http::api
