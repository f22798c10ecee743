// Whom the ids in rows stand for, for operators.
#pragma once

#include <chrono>
#include <map>
#include <string>

#include "actors/model/problem.hpp"

namespace troupe::persistence {

// Each user's handle ("operator", "telegram:42") by the user's id. unavailable, fit for an operator.
model::outcome<std::map<std::string, std::string>> read_user_names(const std::string& url,
                                                                   std::chrono::milliseconds timeout);

}  // namespace troupe::persistence
