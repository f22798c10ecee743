// Problems on the wire: RFC 9457, and the one place where a cause becomes a status.
#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "actors/desk/refusal.hpp"
#include "http/message.hpp"

namespace troupe::http::api {

int status_of(desk::cause why);
inline int status_of(model::consequence kind) {
  return status_of(desk::cause_of(kind));
}
std::string_view title_of(int status);

struct refusal {
  int status = 500;
  std::string detail;
  std::vector<model::violation> violations;
  int retry_after_seconds = 0;
  nlohmann::json plan{};  // of what would follow now, where another one was asked for; null: none
};
refusal refusal_of(desk::refusal why);

refusal wrong_query(std::vector<model::violation> violations);
refusal wrong_body(std::vector<model::violation> violations);
refusal our_fault();

// One text for each way in which a key may be missing or wrong.
refusal unauthorised();

nlohmann::json problem_object(const refusal& why, std::string_view request_id);
std::string problem_json(const refusal& why, std::string_view request_id);
response problem_response(const refusal& why, std::string_view request_id);

}  // namespace troupe::http::api
