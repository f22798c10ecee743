#include "http/api/problem_answer.hpp"

#include "http/api/json_decode.hpp"

namespace troupe::http::api {

int status_of(desk::cause why) {
  switch (why) {
    case desk::cause::retry: return 429;
    case desk::cause::rejected: return 400;
    case desk::cause::conflict: return 409;
    case desk::cause::not_found: return 404;
    case desk::cause::cancelled: return 409;
    case desk::cause::unavailable: return 503;
    case desk::cause::outdated: return 412;
    case desk::cause::forbidden: return 403;
    case desk::cause::reused: return 422;
    case desk::cause::fault: return 500;
  }
  return 500;
}

std::string_view title_of(int status) {
  switch (status) {
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 417: return "Expectation Failed";
    case 422: return "Unprocessable Content";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 501: return "Not Implemented";
    case 503: return "Service Unavailable";
    case 505: return "HTTP Version Not Supported";
    default: return "Internal Server Error";
  }
}

refusal refusal_of(desk::refusal why) {
  refusal out{status_of(why.why), std::move(why.detail), std::move(why.violations), why.retry_after_seconds, {}};
  if ((out.status == 429 || out.status == 503) && out.retry_after_seconds == 0) out.retry_after_seconds = 1;
  return out;
}

refusal wrong_query(std::vector<model::violation> violations) {
  return {400, "The query breaks the rules listed in errors.", std::move(violations), 0};
}

refusal wrong_body(std::vector<model::violation> violations) {
  return {400, "The body breaks the rules listed in errors.", std::move(violations), 0};
}

refusal our_fault() {
  return refusal_of(desk::our_fault());
}

refusal unauthorised() {
  return {401, "A valid API key is needed, in X-API-Key or as Authorization: Bearer.", {}, 0};
}

nlohmann::json problem_object(const refusal& why, std::string_view request_id) {
  nlohmann::json body{{"type", "about:blank"},
                      {"title", title_of(why.status)},
                      {"status", why.status},
                      {"detail", why.detail},
                      {"requestId", request_id}};
  if (!why.violations.empty()) {
    auto& errors = body["errors"] = nlohmann::json::array();
    for (const auto& v : why.violations) errors.push_back({{"pointer", v.pointer}, {"detail", v.detail}});
  }
  if (!why.plan.is_null()) body["plan"] = why.plan;
  return body;
}

std::string problem_json(const refusal& why, std::string_view request_id) {
  return encode_json(problem_object(why, request_id));
}

response problem_response(const refusal& why, std::string_view request_id) {
  response out;
  out.status = why.status;
  out.content_type = "application/problem+json";
  out.body = problem_json(why, request_id);
  if (why.status == 401) out.headers.emplace_back("WWW-Authenticate", "Bearer");
  if (why.retry_after_seconds > 0) out.headers.emplace_back("Retry-After", std::to_string(why.retry_after_seconds));
  return out;
}

}  // namespace troupe::http::api
