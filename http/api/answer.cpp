#include "http/api/answer.hpp"

#include <algorithm>

#include "actors/model/ids.hpp"
#include "config/logging.hpp"
#include "http/api/api_state.hpp"

namespace troupe::http::api {

namespace {

void log_answer(const call& c, int status) {
  const bool write = c.asked.method != "GET" && c.asked.method != "HEAD";
  const auto severity = status >= 500 ? log::level::warn : write ? log::level::info : log::level::debug;
  if (!log::enabled(severity)) return;
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - c.arrived);
  const log::field fields[] = {{"requestId", c.request_id}, {"method", c.asked.method}, {"path", c.asked.path},
                               {"status", status},          {"keyId", c.who.key_id},    {"microseconds", took.count()}};
  log::write(severity, "request answered", fields);
}

}  // namespace

header_list common_headers(const call& c) {
  header_list headers;
  headers.reserve(4 + c.extra.size());
  headers.emplace_back("X-Request-Id", c.request_id);
  headers.emplace_back("Cache-Control", "no-store");
  headers.emplace_back("X-Content-Type-Options", "nosniff");
  headers.insert(headers.end(), c.extra.begin(), c.extra.end());
  return headers;
}

void send(call& c, response what) {
  auto headers = common_headers(c);
  const auto is_caching = [](const auto& header) { return header.first == "Cache-Control"; };
  if (std::any_of(what.headers.begin(), what.headers.end(), is_caching)) std::erase_if(headers, is_caching);
  headers.insert(headers.end(), std::make_move_iterator(what.headers.begin()),
                 std::make_move_iterator(what.headers.end()));
  what.headers = std::move(headers);
  log_answer(c, what.status);
  if (c.api && c.api->parts.observe)
    c.api->parts.observe(c.matched, what.status, std::chrono::steady_clock::now() - c.arrived);
  c.way->answer(std::move(what));
}

void send_json(call& c, int status, std::string body) {
  response out;
  out.status = status;
  out.content_type = "application/json";
  out.body = std::move(body);
  send(c, std::move(out));
}

void send_json(call& c, std::shared_ptr<const std::string> body) {
  response out;
  out.content_type = "application/json";
  out.shared_body = std::move(body);
  send(c, std::move(out));
}

void send_problem(call& c, const refusal& why) {
  send(c, problem_response(why, c.request_id));
}

bool is_sane_request_id(std::string_view id) {
  return !id.empty() && id.size() <= 128 && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == ':' || c == '-';
  });
}

std::string request_id_of(const request& asked, const model::random_source& random) {
  if (const auto* given = asked.header("x-request-id"); given && is_sane_request_id(*given)) return *given;
  const auto high = random();
  return model::id_text("req", high, random());
}

}  // namespace troupe::http::api
