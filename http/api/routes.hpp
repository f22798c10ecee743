// The one table of routes: dispatch, scopes, OpenAPI, the page for people and the tests all derive from it.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "actors/desk/clerk.hpp"
#include "actors/desk/terms.hpp"
#include "actors/model/identity.hpp"
#include "http/api/call.hpp"
#include "http/api/question.hpp"

namespace troupe::http::api {

struct query_parameter {
  std::string_view name;
  std::string_view schema;  // JSON
  std::string_view summary;
};

// Anybody, any valid key, a key with route::scope; Telegram, which proves itself by a secret header.
enum class access { open, key, scope, telegram };
using desk::planning;

// What a row of the table says; the rest of a route comes from what it leads to.
struct route_text {
  std::string_view method{};
  std::string_view path{};       // "/environments/:id"
  std::string_view operation{};  // OpenAPI's operationId
  std::string_view summary{};
  std::string_view body{};  // a schema's name; "": takes none
  bool body_optional = false;
  bool form = false;          // the body may come from a page's form, too
  bool yaml = false;          // the body may be a Compose file as it stands, which is its member `compose`
  bool patches = false;       // the body is a JSON merge patch (RFC 7396)
  std::string_view detail{};  // further sentences for OpenAPI
  int status = 200;
  std::string_view answer{};  // the name of a shape in http/schemas/answers.json; "": no JSON
  std::span<const query_parameter> parameters{};
};

// Answers at once, on the caller's thread, if it can; else what carries the call on follows.
using quick_answer = bool (*)(api_state&, call&);
using handler = void (*)(desk::clerk self, const call_ptr& c);
// The whole answer for the caller of `c`, at once; null where it takes the desk's actors.
using board_answer = std::shared_ptr<const std::string> (*)(const call& c, const route& r, std::string_view id);
using desk_question = void (*)(desk::clerk self, const question_ptr& q, const responder& then);
using relay_call = void (*)(const call_ptr& c);

// Leads to a command, whose terms are its own, or to what says who may call it: nothing else makes one.
class route : public route_text {
public:
  // The command is read, admitted and shown as translations.hpp says; `instead` where JSON is not all there is to it.
  template <desk::command Command>
  static constexpr route to(route_text text, handler instead = nullptr);
  static constexpr route open(route_text text, quick_answer now, handler later = nullptr) {
    return {text, access::open, {}, now, later, nullptr};
  }
  static constexpr route with_any_key(route_text text, handler later) {
    return {text, access::key, {}, nullptr, later, nullptr};
  }
  // Hands the call on to commands, whose own terms count. Origin is looked at.
  static constexpr route relayed(route_text text, relay_call on) {
    return {text, access::key, {}, nullptr, nullptr, on};
  }
  static constexpr route from_telegram(route_text text, handler later) {
    return {text, access::telegram, {}, nullptr, later, nullptr};
  }

  access who;
  std::optional<desk::terms> on{};  // of a command
  quick_answer quick;
  handler handle;
  relay_call relay;
  desk_question ask = nullptr;
  board_answer now = nullptr;
  model::scope scope{};  // where `who` says so
  planning plans = planning::none;

  constexpr bool writes() const { return method != "GET" && !relay; }

private:
  constexpr route(route_text text, access whom, std::optional<desk::terms> terms, quick_answer at_once, handler later,
                  relay_call hand)
      : route_text(text), who(whom), on(terms), quick(at_once), handle(later), relay(hand) {
    if (!terms) return;
    plans = terms->plans;
    if (terms->needs.scope()) scope = *terms->needs.scope();
  }
};

std::span<const route> routes();

struct match {
  const route* found = nullptr;
  std::array<std::string_view, 2> parameters;
  std::string allow;  // where the path is known and the method is not
};
// HEAD matches GET. Segments are compared byte for byte: see same_path.
match match_route(std::string_view method, std::string_view path);

// What RFC 3986 calls the same path: percent-encoded letters, digits, -, _ and ~ are themselves; and without the slash
// at its end.
std::string same_path(std::string path);

// By its operation; such a route must exist.
const route& route_of(std::string_view operation);

// The path with its parameter filled in as it is.
std::string path_of(const route& r, std::string_view parameter);

}  // namespace troupe::http::api
