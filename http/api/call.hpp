// One request on its way to its answer.
#pragma once

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "actors/model/identity.hpp"
#include "http/exchange.hpp"
#include "http/message.hpp"

namespace troupe::http::api {

struct api_state;
struct route;
using api_ptr = std::shared_ptr<api_state>;

// Told of each answer: the route (none where none matched), the status, the time since arrival. Any thread.
using answer_observer = std::function<void(const route*, int status, std::chrono::duration<double> took)>;

struct call {
  request asked;
  std::shared_ptr<exchange> way;
  std::string request_id;
  std::chrono::steady_clock::time_point arrived;

  api_ptr api{};  // none: operators'
  const route* matched = nullptr;
  std::array<std::string_view, 2> parameters;  // of the path, in the template's order; views into asked.path

  model::caller who;    // where the route needs a key
  nlohmann::json body;  // checked, with defaults
  header_list extra;    // headers for the answer
};
using call_ptr = std::shared_ptr<call>;

}  // namespace troupe::http::api
