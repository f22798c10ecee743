// The last step of every call: common headers, the log line, and away.
#pragma once

#include <memory>
#include <string>

#include "http/api/call.hpp"
#include "http/api/problem_answer.hpp"

namespace troupe::http::api {

// From any thread. HEAD and departed clients are the wall's concern.
void send(call& c, response what);
void send_json(call& c, int status, std::string body);
void send_json(call& c, std::shared_ptr<const std::string> body);  // 200
void send_problem(call& c, const refusal& why);

// The headers that every answer bears.
header_list common_headers(const call& c);

// 1 to 128 of [A-Za-z0-9._:-]
bool is_sane_request_id(std::string_view id);

// The caller's X-Request-Id if it is sane, else a new one.
std::string request_id_of(const request& asked, const model::random_source& random);

}  // namespace troupe::http::api
