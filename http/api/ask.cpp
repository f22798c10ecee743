#include "http/api/ask.hpp"

#include <algorithm>
#include <chrono>

#include "config/logging.hpp"
#include "http/api/json_decode.hpp"

namespace troupe::http::api {

std::optional<refusal> find_fault(const question& q) {
  if (!q.values.violations().empty()) return wrong_query(q.values.violations());
  if (!q.wrong.empty()) return wrong_body(q.wrong);
  if (!q.wrong_header.empty()) return refusal{400, q.wrong_header, {}, 0};
  return std::nullopt;
}

response answer_to_refusal(const question& q, const desk::refusal& why) {
  auto out = refusal_of(why);
  if (why.plan) out.plan = plan_of(q, *why.plan);
  return problem_response(out, q.who.request_id);
}

response answer_again(const desk::kept_answer& how) {
  response out;
  out.status = how.status;
  out.content_type = how.status >= 400 ? "application/problem+json" : "application/json";
  out.body = how.body;
  out.headers.emplace_back("Idempotency-Replayed", "true");
  return out;
}

void add_limit(const desk::visit& v, response& out) {
  if (!v.quota) return;
  const auto seconds = std::max<std::int64_t>(1, std::chrono::ceil<std::chrono::seconds>(v.quota->reset).count());
  const header_list limit{{"RateLimit-Limit", std::to_string(v.quota->limit)},
                          {"RateLimit-Remaining", std::to_string(v.quota->remaining)},
                          {"RateLimit-Reset", std::to_string(seconds)}};
  out.headers.insert(out.headers.begin(), limit.begin(), limit.end());
}

void add_location(response& out) {
  if (out.status != 201 && out.status != 202) return;
  const auto body = nlohmann::json::parse(out.shared_body ? *out.shared_body : out.body);
  if (body.contains("jobId"))
    out.headers.emplace_back("Location", path_of(route_of("getDeploymentByJob"), body.at("jobId").get<std::string>()));
  else if (body.contains("environment"))
    out.headers.emplace_back("Location",
                             path_of(route_of("getEnvironment"), body.at("environment").at("id").get<std::string>()));
  else if (body.contains("operation"))
    out.headers.emplace_back("Location",
                             path_of(route_of("getOperation"), body.at("operation").at("id").get<std::string>()));
}

response made_safely(const question& q, const std::function<response()>& make) {
  try {
    return make();
  } catch (const std::exception& error) {
    log::error("request failed", {{"requestId", q.who.request_id}, {"error", error.what()}});
    return problem_response(our_fault(), q.who.request_id);
  }
}

response json_response(const nlohmann::json& body) {
  response out;
  out.content_type = "application/json";
  out.body = encode_json(body);
  return out;
}

response json_response(std::shared_ptr<const std::string> body) {
  response out;
  out.content_type = "application/json";
  out.shared_body = std::move(body);
  return out;
}

}  // namespace troupe::http::api
