// One command as a face was asked for it: what it is read from, and what its answer is made for.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "actors/desk/caller.hpp"
#include "actors/desk/visit.hpp"
#include "http/api/call.hpp"
#include "http/api/problem_answer.hpp"
#include "http/api/query.hpp"

namespace troupe::http::api {

struct question {
  api_ptr api;
  const route* of = nullptr;
  desk::caller who{};
  std::string id{}, second{};                      // what fills the path's parameters, as it was given
  query values{};                                  // of the query
  nlohmann::json body = nlohmann::json::object();  // checked, with defaults
  std::optional<desk::claim> under{};
  std::optional<std::string> if_match{};  // the header
  // Given what ends a wait without an answer, for a caller that leaves. May be empty.
  std::function<void(std::function<void()> leave)> on_wait{};

  std::vector<model::violation> wrong{};           // what reading finds in the body
  nlohmann::json noted = nlohmann::json::array();  // what it finds there without effect
  std::string wrong_header{};                      // likewise in a header: a sentence
  desk::planned_ids planned{};                     // once it is answered: of what was made, now or under the key before
};
using question_ptr = std::shared_ptr<question>;
using responder = std::function<void(response)>;

// Makes what was sent (nothing: there was no body) a checked body with its defaults; or says why it cannot stand.
std::optional<refusal> check_body(const api_state& api, const route& r, std::optional<nlohmann::json> sent,
                                  nlohmann::json& body);

// What is wrong with a release's body, by its schema and beyond it; each place is told of once.
std::vector<model::violation> check_release_body(const api_state& api, const nlohmann::json& body);

// What an Idempotency-Key stands for: the request, however it came.
desk::claim claim_of(std::string key, const route& r, std::string_view id, const nlohmann::json& body);

}  // namespace troupe::http::api
