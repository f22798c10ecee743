// Problems on the wire: RFC 9457, and the one place where a consequence becomes a status.
#pragma once

#include <string>
#include <string_view>

#include "actors/model/problem.hpp"
#include "http/message.hpp"

namespace troupe::http::api {

int status_of(model::consequence kind);
std::string_view title_of(int status);

struct refusal {
  int status = 500;
  std::string detail;
  std::vector<model::violation> violations;
  int retry_after_seconds = 0;
};
refusal refusal_of(model::problem problem);
// What went wrong in the docker room, of which tenants see the message alone.
refusal refusal_of(const model::effect_error& error);

// One text for each way in which a key may be missing or wrong.
refusal unauthorised();

std::string problem_json(const refusal& why, std::string_view request_id);
response problem_response(const refusal& why, std::string_view request_id);

}  // namespace troupe::http::api
